import type { Store } from 'durable-store';
import type { Kysely } from 'kysely';
import type { ConformanceTables } from './conformance-case.ts';

export type Tables = Kysely<ConformanceTables>;

export const addAccount = (tables: Tables, id: string, amount = 0) =>
  tables.insertInto('conformance_accounts').values({ id, amount, note: null }).execute();

/** The ids of all accounts that a reader sees, in order. */
export async function accountsIn(store: Pick<Store<ConformanceTables>, 'read'>): Promise<string[]> {
  const rows = await store.read.selectFrom('conformance_accounts').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

/** Reads under the row's lock, then writes what it has read and one more. */
export async function addOne(tables: Tables, id: string): Promise<void> {
  const row = await tables
    .selectFrom('conformance_accounts')
    .select('amount')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  await tables
    .updateTable('conformance_accounts')
    .set({ amount: row.amount + 1 })
    .where('id', '=', id)
    .execute();
}
