import type { Store } from 'durable-store';
import { TransientMap } from 'durable-store/transient-map';
import { LEASE_MS, renewLeases } from './claims.ts';
import type { Clock } from './clock.ts';
import type { Execution } from './execution.ts';
import type { SagaTables } from './tables.ts';

const RENEW_EVERY_MS = 1_000;
const RENEWED_AT_ONCE = 100;

/**
 * Keeps the leases of the sagas that run here, and looks at each run every second. Most end long before their lease does
 * and cost nothing. A run whose saga another worker or an operator has is told so.
 *
 * @param failed told when the renewal did not work; the fencing token still keeps the log safe then
 */
export function createLeases(store: Store<SagaTables>, clock: Clock, failed: (error: unknown) => void) {
  const held = new TransientMap<Execution>();
  let isStopped = false;

  // One that is not on disk yet has no lease that could be lost.
  const isAgeing = ({ isNew, leaseUntil, record }: Execution): boolean =>
    !isNew && record.worker !== null && leaseUntil - clock.now() < LEASE_MS - RENEW_EVERY_MS;

  async function renew(): Promise<void> {
    const ageing = held.values().filter(isAgeing);
    for (let start = 0; start < ageing.length; start += RENEWED_AT_ONCE) {
      const some = ageing.slice(start, start + RENEWED_AT_ONCE);
      const fences = some.map(({ record: { id, fence } }) => ({ id, fence }));
      const leases = await store.transaction(
        // Counted from then on: the store may have had to be waited for.
        (tables) => renewLeases(tables, fences, clock.now() + LEASE_MS),
        { repeatable: true },
      );
      for (const execution of some) {
        const leaseUntil = leases.get(execution.record.id);
        if (leaseUntil === undefined) execution.supersede();
        else execution.leaseUntil = Math.max(execution.leaseUntil, leaseUntil);
      }
    }
  }

  async function round(): Promise<void> {
    for (const execution of held.values()) execution.replay?.interruptIfAstray();
    await renew().catch(failed);
    if (!isStopped) timer = clock.poll(RENEW_EVERY_MS, round).unref();
  }
  let timer = clock.poll(RENEW_EVERY_MS, round).unref();

  return {
    hold: (execution: Execution): void => void held.set(execution.record.id, execution),
    release(execution: Execution): void {
      if (held.get(execution.record.id) === execution) held.delete(execution.record.id);
    },
    find: (id: string): Execution | undefined => held.get(id),
    heldIds: (): string[] => held.keys(),
    stop(): void {
      isStopped = true;
      timer.cancel();
    },
  };
}

export type Leases = ReturnType<typeof createLeases>;
