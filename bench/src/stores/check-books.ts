import { DatabaseSync } from 'node:sqlite';
import { SERVICE_NAMES } from '../../../services.ts';
import { storeFile, withStores } from './service-stores.ts';

/** What the stores of a stopped stack hold, and how often they do not agree. */
export interface Books {
  bookings: number;
  confirmed: number;
  unfinished: number;
  /** Live appointments without a settled payment, or the other way round. */
  unpaired: number;
  /** Confirmed bookings without both, and ended ones that left either behind. */
  misbooked: number;
  /** Fees of live appointments less money kept, in minor units. */
  difference: number;
}

const LOOK_EVERY_MS = 50;

/** Each over the orchestrator's tables and the views `live` and `settled`, for SQLite and PostgreSQL. */
export const QUERIES: Record<keyof Books, string> = {
  bookings: 'select count(*) as n from bookings',
  confirmed: "select count(*) as n from sagas where status = 'completed'",
  unfinished: 'select count(*) as n from sagas where due_at is not null',
  unpaired: `select count(*) as n from
    (select reference from live union all select reference from settled)
    where reference not in (select reference from live) or reference not in (select reference from settled)`,
  misbooked: `select count(*) as n from sagas where due_at is null and (status = 'completed')
    != (id in (select reference from live) and id in (select reference from settled))`,
  difference: 'select (select coalesce(sum(fee), 0) from live) - (select coalesce(sum(amount), 0) from settled) as n',
};

/** The audit's invariants in SQL, for more bookings than the audit can read page by page. */
export function checkBooks(folder: string): Books {
  return withStores(folder, ({ appointment }) => {
    for (const service of SERVICE_NAMES) {
      appointment.exec(`attach database '${storeFile(folder, service)}' as ${service}_store`);
    }
    appointment.exec(
      `create temp view live as select * from reservation_store.appointments where status = 'booked';
       create temp view settled as select * from payment_store.payments where status in ('settled', 'refunding')`,
    );
    const count = (query: string) => Number(appointment.prepare(query).get()?.n);
    return Object.fromEntries(Object.entries(QUERIES).map(([name, query]) => [name, count(query)])) as unknown as Books;
  });
}

/** Waits until at most so many bookings have not ended, while the orchestrator works, or until a timeout. */
export async function untilUnfinished(folder: string, atMost: number, patienceMs: number): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (countUnfinished(folder) > atMost && performance.now() < giveUpAt) {
    await new Promise((next) => setTimeout(next, LOOK_EVERY_MS));
  }
}

function countUnfinished(folder: string): number {
  try {
    using store = new DatabaseSync(storeFile(folder, 'appointment'), { readOnly: true });
    return Number(store.prepare(QUERIES.unfinished).get()?.n);
  } catch {
    // Locked for a moment, while the orchestrator opens it.
    return Number.POSITIVE_INFINITY;
  }
}

/** Whether the stores agree and nothing is left to do. */
export const agree = ({ unfinished, unpaired, misbooked, difference }: Books): boolean =>
  [unfinished, unpaired, misbooked, difference].every((count) => count === 0);
