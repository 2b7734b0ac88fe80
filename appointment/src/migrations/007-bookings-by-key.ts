import type { Migration } from 'durable-store';

/** For a client that sends its request again while the booking waits. */
export const bookingsByKeyMigration: Migration = {
  async up() {},
  indexes: (schema) => [schema.createIndex('bookings_by_key').on('bookings').columns(['idempotency_key', 'id'])],
};
