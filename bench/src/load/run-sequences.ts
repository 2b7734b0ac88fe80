import type { SequencesOrder, SequencesReport, SequenceTimes } from '../../contenders/steps/sequences.ts';
import type { RunningProgram } from '../peers/contender.ts';
import { type Usage, watchProcesses } from '../processes/watch-processes.ts';
import { quantile } from '../statistics.ts';

/** How long a part of a sequence took, in milliseconds. */
export interface Spread {
  p50: number;
  p99: number;
}

/** What one round of sequences showed; a unit of work is a step. */
export interface StepRound extends Usage {
  /** How many ended in the window. */
  sequences: number;
  /** From the start of a sequence until its result is there, divided by its steps. */
  step: Spread;
  /** From the beginning of a step to that of the next one. */
  gap: Spread;
}

/**
 * Lets a contender's program run sequences of steps, one after the other.
 *
 * @throws where the program ends first
 */
export async function runSequences(running: RunningProgram, order: SequencesOrder): Promise<StepRound> {
  const { process: program, logFile } = running.program;
  const watch = watchProcesses(running.pids);
  const round = Promise.withResolvers<StepRound>();
  const take = (report: SequencesReport) => {
    if (report.event === 'begin') watch.begin();
    if (report.event !== 'end') return;
    const usage = watch.end(report.sequences.length * order.steps);
    round.resolve({ ...summariseSequences(report, order.steps), ...usage });
  };
  const fail = () => round.reject(new Error(`a program ended while it ran sequences, see ${logFile}`));
  program.on('message', take).once('exit', fail);
  program.send(order);
  try {
    return await round.promise;
  } finally {
    watch.stop();
    program.off('message', take).off('exit', fail);
  }
}

/** @param steps how many each sequence has */
export function summariseSequences({ sequences, gaps }: SequenceTimes, steps: number): Omit<StepRound, keyof Usage> {
  return {
    sequences: sequences.length,
    step: spreadOf(sequences.map((time) => time / steps)),
    gap: spreadOf(gaps),
  };
}

function spreadOf(times: number[]): Spread {
  const sorted = Float64Array.from(times).sort();
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}
