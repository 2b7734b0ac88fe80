import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Usage, watchProcesses } from '../processes/watch-processes.ts';
import type { LoadOrder, LoadReport } from './load-order.ts';
import type { Measurement } from './measurement.ts';

/** What one round of load showed; a unit of work is a booking. */
export interface Round extends Measurement, Usage {
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
    if (report.event === 'end') ended = { ...report.measurement, ...watch.end(report.measurement.bookings) };
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
