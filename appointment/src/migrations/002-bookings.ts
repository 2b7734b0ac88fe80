import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** What was asked for, beside the saga log, which knows what became of it. */
export const bookingsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('bookings')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('doctor', 'text', (column) => column.notNull())
      .addColumn('doctor_key', 'text', (column) => column.notNull())
      .addColumn('date', 'text', (column) => column.notNull())
      .addColumn('card_last_four', 'text', (column) => column.notNull())
      .addColumn('idempotency_key', 'text')
      .execute();
    await db.schema.createIndex('bookings_by_doctor').on('bookings').columns(['doctor_key', 'id']).execute();
  },
  indexes: (schema) => [schema.createIndex('sagas_by_status').on('sagas').columns(['status', 'id'])],
};
