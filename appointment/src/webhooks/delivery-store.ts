import { type Kysely, sql } from 'kysely';
import type { AppointmentTables } from '../booking-store.ts';
import { DELIVERY_SAGA } from './deliver-webhook.ts';

type Tables = Kysely<AppointmentTables>;

const UNFINISHED = ['pending', 'waiting', 'stuck', 'paused'] as const;
// More is much in any case, and counting blocks the event loop.
const MOST_COUNTED = 10_000;

/**
 * The ids of a booking's deliveries. They begin with the booking's, and in every collation what begins so lies in this range
 * of the primary key.
 */
export async function listDeliveryIds(tables: Tables, bookingId: string): Promise<string[]> {
  // PostgreSQL refuses a text with a NUL in it, even when it is only asked for.
  if (bookingId.includes('\0')) return [];
  const rows = await tables
    .selectFrom('sagas')
    .select('id')
    .where('id', '>', bookingId)
    .where('id', '<', `${bookingId}z`)
    .where('name', '=', DELIVERY_SAGA)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id).filter((id) => id.startsWith(`${bookingId}_`));
}

// What an index has tells deliveries from bookings: see `isBookingId`.
const unfinished = (tables: Tables) =>
  tables
    .selectFrom('sagas')
    .where('status', 'in', UNFINISHED)
    .where(sql<boolean>`length(id) > 36`)
    .where('name', '=', DELIVERY_SAGA);

/** How many deliveries have not ended; 10,000 at most. */
export async function countUnfinishedDeliveries(tables: Tables): Promise<number> {
  const some = unfinished(tables).select('id').limit(MOST_COUNTED).as('some');
  const { count } = await tables
    .selectFrom(some)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** When the delivery began that has not ended and is of the oldest booking; undefined where all have ended. */
export async function oldestUnfinishedDelivery(tables: Tables): Promise<number | undefined> {
  const row = await unfinished(tables).select('created_at').orderBy('id').limit(1).executeTakeFirst();
  return row?.created_at;
}

/** The deliveries that have changed after a time in milliseconds since the epoch, the latest change first. */
export async function listChangedDeliveries(tables: Tables, after: number, limit: number) {
  return tables
    .selectFrom('sagas')
    .select(['id', 'status', 'updated_at as updatedAt'])
    .where('updated_at', '>', after)
    .where('name', '=', DELIVERY_SAGA)
    .orderBy('updated_at', 'desc')
    .limit(limit)
    .execute();
}
