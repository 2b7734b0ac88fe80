import { isFunctionsBug, LeaseLost, NotFinished, traitsOf, WriteFailed } from './errors.ts';
import type { Execution } from './execution.ts';
import { isEnded, type SagaRecord } from './record.ts';
import { release, reschedule } from './scheduling.ts';

/** Leaves a saga that its run did not bring to its end to the next run, and keeps why. */
export async function leaveRun(execution: Execution, error: unknown): Promise<void> {
  const { logger, stuckAfterMs, shutdown } = execution.surroundings;
  const saga = execution.record.id;
  // The caller is told what kept it from beginning.
  if (execution.isNew) return;
  if (error instanceof LeaseLost || execution.stop.signal.reason instanceof LeaseLost) {
    return logger.warn('another worker or an operator has this saga now', { saga });
  }
  const cause = error instanceof WriteFailed ? error.cause : error;
  if (!(cause instanceof NotFinished)) execution.report(cause);
  else if (cause.cause !== undefined && isFunctionsBug(cause.cause)) execution.report(cause.cause);
  if (isEnded(execution.staged)) return;
  const reason =
    cause instanceof NotFinished ? { code: cause.code, step: cause.step } : { ...NO_STEP, code: traitsOf(cause).code };
  const needsPerson = cause instanceof NotFinished && cause.needsPerson;
  const at = execution.now();
  const transition = (record: SagaRecord) =>
    shutdown.aborted ? release(record, at) : reschedule(record, { reason, needsPerson, at, stuckAfterMs });
  try {
    await execution.leave(transition, reason.code);
  } catch (failure) {
    logger.warn('a saga waits for the end of its lease', { saga, error: failure });
  }
}

const NO_STEP = { step: null };
