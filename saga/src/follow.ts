import type { Store } from 'durable-store';
import { pause } from 'durable-store/time-limit';
import { OutcomeUnknown } from './errors.ts';
import { findSaga } from './log.ts';
import type { SagaRecord } from './record.ts';
import type { SagaTables } from './tables.ts';
import { nodeTimers, type Timers } from './timers.ts';

const FOLLOW_EVERY_MS = 50;
const FOLLOW_AT_LEAST_EVERY_MS = 1_000;

/**
 * Reads a saga from the log again and again until it is as the caller waits for it.
 *
 * @throws OutcomeUnknown when the signal comes first
 */
export async function follow(
  store: Pick<Store<SagaTables>, 'read'>,
  id: string,
  isThere: (record: SagaRecord) => boolean,
  signal: AbortSignal,
  timers: Timers = nodeTimers,
): Promise<SagaRecord> {
  let cause: unknown;
  for (let wait = FOLLOW_EVERY_MS; !signal.aborted; wait = Math.min(2 * wait, FOLLOW_AT_LEAST_EVERY_MS)) {
    try {
      const record = await findSaga(store.read, id);
      if (record && isThere(record)) return record;
    } catch (error) {
      // The store may be back before the caller gives up.
      cause = error;
    }
    await pause(wait, signal, timers.poll);
  }
  throw new OutcomeUnknown('the log did not say in time how the saga ends', { cause });
}
