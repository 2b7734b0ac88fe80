import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { cpuSecondsOf, machineBusySeconds, memoryOf } from '../processes/usage.ts';
import type { LoadOrder, LoadReport } from './load-order.ts';
import type { Measurement } from './measurement.ts';

const MEMORY_SAMPLE_MS = 500;

/** What one round of load showed. */
export interface Round extends Measurement {
  /** CPU time of the processes under load, for each booking. */
  cpuMicroseconds: number;
  /** The most memory that they had in the window, in bytes. */
  peakMemory: number;
  /** The share of the machine that other processes took, 0 to 1. */
  otherLoad: number;
  /** Requests sent in all, those of the warm-up included. */
  requested: number;
}

/**
 * Lets a generator, in a process of its own, send bookings.
 *
 * @param pids the processes whose CPU time and memory count, with all that they have started
 */
export async function runLoad(kind: 'closed-loop' | 'open-loop', order: LoadOrder, pids: number[]): Promise<Round> {
  const generator = fork(new URL(`${kind}.ts`, import.meta.url), [JSON.stringify(order)]);
  const killer = () => generator.kill('SIGKILL');
  process.once('exit', killer);
  const watch = watchProcesses(pids);
  const round = Promise.withResolvers<Round>();
  let ended: Omit<Round, 'requested'> | undefined;
  generator.on('message', (report: LoadReport) => {
    if (report.event === 'begin') watch.begin();
    if (report.event === 'end') ended = { ...report.measurement, ...watch.end(report.measurement) };
    if (report.event === 'done' && ended) round.resolve({ ...ended, requested: report.requested });
  });
  const exited = once(generator, 'exit').then(() => round.reject(new Error('the load generator ended early')));
  try {
    return await round.promise;
  } finally {
    await exited;
    watch.stop();
    process.off('exit', killer);
  }
}

function watchProcesses(pids: number[]) {
  let sampler: NodeJS.Timeout | undefined;
  let peakMemory = 0;
  let before = { at: 0, cpu: 0, own: 0, machine: 0 };
  const look = () => ({
    at: performance.now(),
    cpu: cpuSecondsOf(pids),
    own: cpuSecondsOf([process.pid]),
    machine: machineBusySeconds(),
  });
  const sample = () => {
    peakMemory = Math.max(peakMemory, memoryOf(pids));
  };
  return {
    begin() {
      before = look();
      sample();
      sampler = setInterval(sample, MEMORY_SAMPLE_MS);
    },
    end({ bookings }: Measurement) {
      const after = look();
      sample();
      clearInterval(sampler);
      const machine = ((after.at - before.at) / 1_000) * availableParallelism();
      const others = after.machine - before.machine - (after.own - before.own);
      return {
        cpuMicroseconds: ((after.cpu - before.cpu) / bookings) * 1e6,
        peakMemory,
        otherLoad: Math.max(0, others / machine),
      };
    },
    stop: () => clearInterval(sampler),
  };
}
