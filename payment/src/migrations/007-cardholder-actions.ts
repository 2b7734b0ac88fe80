import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/**
 * Payments that wait for their cardholder or their gateway. They have no status of their own, which an older image would not
 * know. Beside them the gateway's events, and what the sandbox's cardholders decided.
 */
export const cardholderActionsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('payments').addColumn('action_url', 'text').execute();
    await db.schema.alterTable('payments').addColumn('waiting_since', 'bigint').execute();
    await db.schema
      .createTable('gateway_events')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('received_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('sandbox_challenges')
      .addColumn('payment_id', 'text', (column) => column.primaryKey())
      .addColumn('reference', 'text', (column) => column.notNull().unique())
      .addColumn('once_approved', 'text', (column) => column.notNull())
      .addColumn('decision', 'text')
      .execute();
  },
  indexes: (schema) => [
    schema
      .createIndex('payments_waiting')
      .on('payments')
      .column('waiting_since')
      .where('waiting_since' as never, 'is not', null),
  ],
};
