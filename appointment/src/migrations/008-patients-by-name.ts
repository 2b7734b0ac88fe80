import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** Patients' names as they are searched for; null in rows of earlier releases until they are filled in. */
export const patientsByNameMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('bookings').addColumn('name_key', 'text').execute();
  },
  indexes: (schema) => [
    schema.createIndex('bookings_by_name').on('bookings').columns(['name_key', 'id']),
    schema
      .createIndex('bookings_without_name_key')
      .on('bookings')
      .column('id')
      .where('name_key' as never, 'is', null),
  ],
};
