import { availableParallelism } from 'node:os';
import { cpuSecondsOf, machineBusySeconds, memoryOf } from './usage.ts';

// To ask for the memory of thirty processes takes the machine some 40 ms.
const MEMORY_SAMPLE_MS = 2_000;

/** What processes took of the machine in a window. */
export interface Usage {
  /** CPU time of the processes, for each unit of their work. */
  cpuMicroseconds: number;
  /** The most memory that they had in the window, in bytes. */
  peakMemory: number;
  /** The share of the machine that other processes took, 0 to 1. */
  otherLoad: number;
}

/**
 * Watches processes, with all that they have started, from `begin` to `end`.
 *
 * @returns `end` takes how many units of work they did in between; `stop` ends the watch where `end` is not reached
 */
export function watchProcesses(pids: number[]) {
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
    end(units: number): Usage {
      const after = look();
      sample();
      clearInterval(sampler);
      const machine = ((after.at - before.at) / 1_000) * availableParallelism();
      const others = after.machine - before.machine - (after.own - before.own);
      return {
        cpuMicroseconds: ((after.cpu - before.cpu) / units) * 1e6,
        peakMemory,
        otherLoad: Math.max(0, others / machine),
      };
    },
    stop: () => clearInterval(sampler),
  };
}
