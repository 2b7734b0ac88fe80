import { growingKey, type Migration } from 'durable-store';
import { type Kysely, sql } from 'kysely';

/** The ledger. A row without an amount is a tombstone: its reference was refunded before anything was paid under it. */
export const paymentsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const sequence = growingKey(db);
    await db.schema
      .createTable('payments')
      // Pages of the ledger go by this: SQLite may renumber a rowid that is no column of its own.
      .addColumn('sequence', sequence.type, sequence.column)
      .addColumn('reference', 'text', (column) => column.notNull().unique())
      .addColumn('payment_id', 'text', (column) => column.unique())
      .addColumn('amount', 'bigint')
      .addColumn('card_last_four', 'text', (column) => column.check(sql`length(card_last_four) = 4`))
      .addColumn('status', 'text', (column) =>
        column
          .notNull()
          .check(sql`status in ('pending', 'settled', 'declined', 'voiding', 'voided', 'refunding', 'refunded')`),
      )
      .addColumn('decline_code', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('payments_being_reversed')
      .on('payments')
      .column('status')
      .where(sql.ref('status'), 'in', sql`('voiding', 'refunding')`)
      .execute();
  },
};
