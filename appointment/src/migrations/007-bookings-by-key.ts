import type { Migration } from 'durable-store';
import { type Kysely, sql } from 'kysely';

/** For a client that sends its request again while the booking waits. */
export const bookingsByKeyMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex('bookings_by_key')
      .on('bookings')
      .columns(['idempotency_key', 'id'])
      .where(sql.ref('idempotency_key'), 'is not', null)
      .execute();
  },
};
