import type { Logger, Observe, SagaEvent } from './ports.ts';
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
  else logger.info(message, details);
  try {
    observe(record, event);
  } catch (error) {
    logger.error('observing a saga failed', { saga: record.id, error });
  }
}

/** Such as `step_unknown: pay`. */
function stuckBecause({ reason }: SagaRecord): string | undefined {
  if (!reason) return undefined;
  return reason.step === null ? reason.code : `${reason.code}: ${reason.step}`;
}
