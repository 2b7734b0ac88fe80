import type { Database } from '@appointments/chassis';
import { renewLeases, type SagaTables, sagasIn } from './saga-log.ts';
import type { SagaRecord } from './saga-record.ts';

/** How long a saga stays with a driver that gives no sign of life. */
export const LEASE_MS = 4_000;
const RENEW_EVERY_MS = 1_000;

/**
 * Keeps the leases of the sagas that are being driven. Most end long before their lease does and cost nothing here.
 *
 * @param failed told when the renewal did not work; the fence still keeps the log safe then
 */
export function createLeases<T extends SagaTables>(
  database: Database<T>,
  now: () => number,
  failed: (error: unknown) => void,
) {
  const held = new Set<SagaRecord>();

  async function renew(): Promise<void> {
    const at = now();
    const ageing = [...held].filter(({ dueAt }) => dueAt !== null && dueAt - at < LEASE_MS - RENEW_EVERY_MS);
    if (ageing.length === 0) return;
    const leaseUntil = at + LEASE_MS;
    await database.transaction((tables) => renewLeases(sagasIn(tables), ageing, leaseUntil), { repeatable: true });
  }

  const timer = setInterval(() => void renew().catch(failed), RENEW_EVERY_MS);
  return {
    hold: (record: SagaRecord) => held.add(record),
    release: (record: SagaRecord) => held.delete(record),
    stop: () => clearInterval(timer),
  };
}
