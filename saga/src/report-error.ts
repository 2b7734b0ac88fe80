import type { ErrorOrigin, Logger, OnError } from './ports.ts';

/** Writes an error that nothing foresaw to the log and tells `onError`, whose own errors end there. */
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
