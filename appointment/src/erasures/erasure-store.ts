import { nameKey } from '@appointments/chassis';
import { ENDED_STATUSES } from 'durable-saga';
import type { Kysely } from 'kysely';
import type { AppointmentTables } from '../booking-store.ts';

type Tables = Kysely<AppointmentTables>;

/** Keeps the name until the erasure has ended. */
export async function insertErasureName(tables: Tables, erasure: string, name: string): Promise<void> {
  await tables.insertInto('erasure_names').values({ erasure, name }).execute();
}

/** The name of an erasure that has not ended. */
export async function getErasureName(tables: Tables, erasure: string): Promise<string> {
  const row = await tables
    .selectFrom('erasure_names')
    .select('name')
    .where('erasure', '=', erasure)
    .executeTakeFirstOrThrow();
  return row.name;
}

/** Whether bookings of an earlier release cannot be found by name yet. */
export async function areNamesMissing(tables: Tables): Promise<boolean> {
  const missing = tables.selectFrom('bookings').select('id').where('name_key', 'is', null).limit(1);
  return (await missing.executeTakeFirst()) !== undefined;
}

/** Remembers the patient's ended bookings; those that end later are not among them. */
export async function collectEndedBookings(tables: Tables, erasure: string, name: string): Promise<void> {
  await tables
    .insertInto('erasure_references')
    .columns(['erasure', 'reference'])
    .expression((from) =>
      from
        .selectFrom('bookings')
        .innerJoin('sagas', 'sagas.id', 'bookings.id')
        .select(({ val }) => [val(erasure).as('erasure'), 'bookings.id as reference'])
        .where('bookings.name_key', '=', nameKey(name))
        .where('sagas.status', 'in', ENDED_STATUSES),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Remembers those of these references that belong to no booking, whose time to be erased would be when it has ended. */
export async function collectOthers(tables: Tables, erasure: string, references: readonly string[]): Promise<void> {
  if (references.length === 0) return;
  const rows = await tables.selectFrom('bookings').select('id').where('id', 'in', references).execute();
  const bookings = new Set(rows.map(({ id }) => id));
  const others = references.filter((reference) => !bookings.has(reference));
  if (others.length === 0) return;
  await tables
    .insertInto('erasure_references')
    .values(others.map((reference) => ({ erasure, reference })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The references of an erasure after this one, in their order. */
export async function listErasureReferences(tables: Tables, erasure: string, after: string, limit: number) {
  const rows = await tables
    .selectFrom('erasure_references')
    .select('reference')
    .where('erasure', '=', erasure)
    .where('reference', '>', after)
    .orderBy('reference')
    .limit(limit)
    .execute();
  return rows.map(({ reference }) => reference);
}

/** How many bookings have the patient's name. */
export async function countBookingsNamed(tables: Tables, name: string): Promise<number> {
  const { count } = await tables
    .selectFrom('bookings')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('name_key', '=', nameKey(name))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Forgets the name and the references. */
export async function forgetErasure(tables: Tables, erasure: string): Promise<void> {
  await tables.deleteFrom('erasure_references').where('erasure', '=', erasure).execute();
  await tables.deleteFrom('erasure_names').where('erasure', '=', erasure).execute();
}
