import { AssertionError } from 'node:assert';
import { toMilliseconds } from '../src/duration.ts';
import { type Duration, isEnded, type SagaRecord, type SagaTables } from '../src/index.ts';
import { findSaga } from '../src/log.ts';
import { sagasIn } from '../src/tables.ts';
import type { World } from './world.ts';

const PATIENCE: Duration = '1h';
const RESTING: ReadonlySet<SagaRecord['status']> = new Set(['waiting', 'stuck', 'paused']);

const isAtRest = (record: SagaRecord): boolean =>
  isEnded(record) || (RESTING.has(record.status) && record.worker === null);

/** How a test waits for what its sagas do, without waiting in real time. */
export function createWaiting<Tables extends SagaTables>({ store, goUntil }: World<Tables>) {
  async function log(id: string): Promise<SagaRecord> {
    const record = await findSaga(sagasIn(store.read), id);
    if (!record) throw new AssertionError({ message: `no saga has the id ${id}` });
    return record;
  }

  async function untilRested(id: string, within: Duration = PATIENCE): Promise<SagaRecord> {
    if (await goUntil(async () => isAtRest(await log(id)), toMilliseconds(within))) return log(id);
    const { status, reason } = await log(id);
    const why = reason ? `, because of ${reason.code}` : '';
    throw new AssertionError({ message: `the saga ${id} is still ${status} after ${within}${why}` });
  }

  async function settled<Value>(promise: Promise<Value>, within: Duration = PATIENCE): Promise<Value> {
    let isSettled = false;
    const note = () => {
      isSettled = true;
    };
    promise.then(note, note);
    if (await goUntil(() => isSettled, toMilliseconds(within))) return promise;
    throw new AssertionError({ message: `the promise is not settled after ${within}` });
  }

  return { log, untilRested, settled };
}
