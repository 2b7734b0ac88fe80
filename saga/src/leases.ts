import type { Store } from 'durable-store';
import type { Kysely } from 'kysely';
import { renewLeases, type SagaTables, sagasIn } from './saga-log.ts';
import type { SagaRecord } from './saga-record.ts';

/**
 * How long a saga stays with a driver that gives no sign of life. When a store goes away, the oldest lease has lasted for
 * two rounds of renewing; what is left of it has to be as long as the store is waited for, which is 4 s
 * (store/src/postgres-retry.ts).
 */
export const LEASE_MS = 6_000;
const RENEW_EVERY_MS = 1_000;
const RENEWED_AT_ONCE = 100;

/**
 * Keeps the leases of the sagas that are being driven. Most end long before their lease does and cost nothing here.
 *
 * @param failed told when the renewal did not work; the fence still keeps the log safe then
 */
export function createLeases<T extends SagaTables>(
  database: Store<T>,
  now: () => number,
  failed: (error: unknown) => void,
) {
  const held = new Set<SagaRecord>();
  const renewedUntil = new WeakMap<SagaRecord, number>();
  let renewing = false;

  function isAgeing(record: SagaRecord): boolean {
    if (record.dueAt === null) return false;
    const leaseUntil = Math.max(record.dueAt, renewedUntil.get(record) ?? 0);
    return leaseUntil - now() < LEASE_MS - RENEW_EVERY_MS;
  }

  async function renew(): Promise<void> {
    const ageing = [...held].filter(isAgeing);
    for (let start = 0; start < ageing.length; start += RENEWED_AT_ONCE) {
      const some = ageing.slice(start, start + RENEWED_AT_ONCE);
      let leaseUntil = 0;
      const renewed = (tables: Kysely<T>) => {
        // Not before: the store may have had to be waited for.
        leaseUntil = now() + LEASE_MS;
        return renewLeases(sagasIn(tables), some, leaseUntil);
      };
      await database.transaction(renewed, { repeatable: true });
      for (const record of some) renewedUntil.set(record, leaseUntil);
    }
  }

  // A round may take longer than the interval where the store is slow.
  const timer = setInterval(async () => {
    if (renewing) return;
    renewing = true;
    await renew().catch(failed);
    renewing = false;
  }, RENEW_EVERY_MS);
  return {
    hold: (record: SagaRecord) => held.add(record),
    release: (record: SagaRecord) => held.delete(record),
    heldIds: () => [...held].map(({ id }) => id),
    stop: () => clearInterval(timer),
  };
}
