import { compensate } from './compensation.ts';
import type { Execution } from './execution.ts';
import { runForward } from './forward.ts';
import { leaveRun } from './leave-run.ts';
import { isEnded } from './record.ts';

/**
 * Runs a saga from where its log stands, until it has ended, waits, or must be left to the next run.
 *
 * @param isCallers whether the run belongs to the trace of the caller; else it continues the trace that began the saga
 */
export async function runSaga(execution: Execution, isCallers: boolean): Promise<void> {
  let failure: unknown;
  try {
    await (isCallers ? proceed(execution) : resume(execution));
  } catch (error) {
    failure = error;
    await leaveRun(execution, error);
  }
  execution.end(failure);
}

function resume(execution: Execution): Promise<void> {
  const { id, name, trace } = execution.record;
  return execution.surroundings.trace.resume({ id, name, origin: trace }, () => proceed(execution));
}

async function proceed(execution: Execution): Promise<void> {
  if (execution.record.goal === 'complete' && !isEnded(execution.record)) await runForward(execution);
  if (execution.record.goal !== 'complete' && !isEnded(execution.record)) await compensate(execution);
}
