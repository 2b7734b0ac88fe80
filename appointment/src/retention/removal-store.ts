import { ENDED_STATUSES, removeSagas } from 'durable-saga';
import { type Kysely, sql } from 'kysely';
import { type AppointmentTables, isBookingId } from '../booking-store.ts';
import { listDeliveryIds } from '../webhooks/delivery-store.ts';

type Tables = Kysely<AppointmentTables>;

/** Where a look through the old bookings has come to. */
export interface Position {
  updated_at: number;
  id: string;
}

/** Bookings that ended before a time and are not being removed, those first that ended first. */
export function listOldBookings(tables: Tables, endedBefore: number, after: Position, limit: number) {
  return tables
    .selectFrom('sagas')
    .innerJoin('bookings', 'bookings.id', 'sagas.id')
    .leftJoin('removals', 'removals.reference', 'sagas.id')
    .select(['sagas.id', 'sagas.status', 'sagas.updated_at', 'bookings.date'])
    .where('sagas.updated_at', '<', endedBefore)
    .where('sagas.updated_at', '>=', after.updated_at)
    .where(sql<boolean>`(sagas.updated_at, sagas.id) > (${after.updated_at}, ${after.id})`)
    .where('sagas.status', 'in', ENDED_STATUSES)
    .where('removals.reference', 'is', null)
    .orderBy('sagas.updated_at')
    .orderBy('sagas.id')
    .limit(limit)
    .execute();
}

export async function insertRemovals(tables: Tables, references: readonly string[], dueAt: number): Promise<void> {
  if (references.length === 0) return;
  await tables
    .insertInto('removals')
    .values(references.map((reference) => ({ reference, due_at: dueAt, is_gone: 0 })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The references after this one that are due and whose booking is still here, or is gone. */
export async function listRemovals(tables: Tables, isGone: 0 | 1, now: number, after: string, limit: number) {
  const rows = await tables
    .selectFrom('removals')
    .select('reference')
    .where('is_gone', '=', isGone)
    .where('due_at', '<=', now)
    .where('reference', '>', after)
    .orderBy('reference')
    .limit(limit)
    .execute();
  return rows.map(({ reference }) => reference);
}

export async function deleteRemovals(tables: Tables, references: readonly string[]): Promise<void> {
  if (references.length === 0) return;
  await tables.deleteFrom('removals').where('reference', 'in', references).execute();
}

/**
 * Removes a booking with its saga and its deliveries. One that an operator has moved since is kept until it is old again, and
 * one with a webhook that is still to be delivered until the next time.
 */
export async function removeBooking(tables: Tables, id: string, endedBefore: number): Promise<void> {
  const saga = await tables
    .selectFrom('sagas')
    .select(['status', 'updated_at'])
    .where('id', '=', id)
    .where(isBookingId)
    .forUpdate()
    .executeTakeFirst();
  const isOld = saga && saga.updated_at < endedBefore && ENDED_STATUSES.some((status) => status === saga.status);
  if (saga && !isOld) return deleteRemovals(tables, [id]);
  const deliveries = await listDeliveryIds(tables, id);
  const removed = await removeSagas(tables, deliveries);
  if (removed < deliveries.length) return;
  await removeSagas(tables, [id]);
  await tables.deleteFrom('bookings').where('id', '=', id).execute();
  await tables.updateTable('removals').set({ is_gone: 1 }).where('reference', '=', id).execute();
}
