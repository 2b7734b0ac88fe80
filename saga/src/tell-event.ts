import type { ErrorOrigin, Logger, Observe, OnError, SagaEvent } from './ports.ts';
import type { SagaRecord } from './record.ts';

/** Writes an event to the log and tells the observer, whose errors are its own. */
export function tellEvent(
  { logger, observe }: { logger: Logger; observe: Observe },
  record: SagaRecord,
  event: SagaEvent,
): void {
  const { kind, step, status } = event;
  const message = [kind, step, status].filter(Boolean).join(' ');
  const details = { saga: record.id, ...event };
  if (status === 'stuck') logger.warn(message, { ...details, reason: stuckBecause(record) });
  else if (isNews(event)) logger.info(message, details);
  else logger.debug(message, details);
  try {
    observe(record, event);
  } catch (error) {
    logger.error('observing a saga failed', { saga: record.id, error });
  }
}

// What a saga comes to, and what went wrong on the way. All else is its history, which the log on disk has as well.
const isNews = ({ kind, status }: SagaEvent): boolean =>
  kind === 'saga' ? status !== 'running' && status !== 'compensating' : status === 'attempt_failed';

/** Such as `step_unknown: pay`. */
function stuckBecause({ reason }: SagaRecord): string | undefined {
  if (!reason) return undefined;
  return reason.step === null ? reason.code : `${reason.code}: ${reason.step}`;
}

/** Writes an error that nothing foresaw to the log, with its stack, and reports it. */
export function reportError(
  { logger, onError }: { logger: Logger; onError: OnError },
  error: unknown,
  origin: ErrorOrigin,
): void {
  logger.error('unexpected error in a saga', { ...origin, error });
  try {
    onError(error, origin);
  } catch (failure) {
    logger.error('reporting an error failed', { saga: origin.saga, error: failure });
  }
}
