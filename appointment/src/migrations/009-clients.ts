import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** Who a booking belongs to; null where booking is open to everybody. */
export const clientsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('bookings').addColumn('client', 'text').execute();
  },
};
