import { removeSagas } from 'durable-saga';
import type { Kysely } from 'kysely';
import type { PaymentStatus } from './payment-status.ts';
import type { PaymentDatabase, PaymentTables } from './payment-store.ts';

const UNDER_WAY: ReadonlySet<PaymentStatus> = new Set(['pending', 'voiding', 'refunding']);

export type RemovePayments = ReturnType<typeof createRemovePayments>;

/**
 * Removes payments that are no longer kept, with all that belongs to them. What is not decided, or owes money, stays.
 *
 * @returns the references that stay
 */
export function createRemovePayments(database: PaymentDatabase) {
  async function remove(tables: Kysely<PaymentTables>, references: readonly string[]): Promise<string[]> {
    // Locked, so that no refund of any of them begins before they are gone.
    const rows = await tables
      .selectFrom('payments')
      .select(['reference', 'status'])
      .where('reference', 'in', references)
      .orderBy('reference')
      .forUpdate()
      .execute();
    const kept = rows.filter(({ status }) => UNDER_WAY.has(status)).map(({ reference }) => reference);
    const gone = references.filter((reference) => !kept.includes(reference));
    if (gone.length === 0) return kept;
    await tables.deleteFrom('gateway_events').where('reference', 'in', gone).execute();
    await tables.deleteFrom('sandbox_challenges').where('reference', 'in', gone).execute();
    await tables.deleteFrom('idempotency_keys').where('key', 'in', gone).execute();
    await tables.deleteFrom('payments').where('reference', 'in', gone).execute();
    await removeSagas(tables, gone);
    return kept;
  }

  return (references: readonly string[]): Promise<string[]> =>
    database.transaction((tables) => remove(tables, references), { repeatable: true });
}
