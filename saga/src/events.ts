import type { Json } from './json.ts';
import type { Tables } from './tables.ts';

/** An event that no wait has taken yet. */
export interface SagaEventRow {
  readonly sequence: number;
  readonly name: string;
  readonly payload: Json;
  readonly createdAt: number;
}

/**
 * Keeps an event for a saga.
 *
 * @returns false where one with the same dedupe key was kept before
 */
export async function insertEvent(
  tables: Tables,
  event: { saga: string; name: string; payload: Json; dedupeKey: string | undefined; at: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables
    .insertInto('saga_events')
    .values({
      saga_id: event.saga,
      name: event.name,
      dedupe_key: event.dedupeKey ?? null,
      payload: JSON.stringify(event.payload ?? null),
      created_at: event.at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** The events that no wait of the saga has taken, the oldest first. */
export async function listOpenEvents(tables: Tables, saga: string): Promise<SagaEventRow[]> {
  const rows = await tables
    .selectFrom('saga_events')
    .select(['sequence', 'name', 'payload', 'created_at'])
    .where('saga_id', '=', saga)
    .where('consumed', '=', 0)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => ({
    sequence: row.sequence,
    name: row.name,
    payload: JSON.parse(row.payload) as Json,
    createdAt: row.created_at,
  }));
}

/** Marks events as taken. They stay until their saga goes, so that a second one with the same dedupe key is recognised. */
export async function consumeEvents(tables: Tables, sequences: readonly number[]): Promise<void> {
  if (sequences.length === 0) return;
  await tables.updateTable('saga_events').set({ consumed: 1 }).where('sequence', 'in', sequences).execute();
}
