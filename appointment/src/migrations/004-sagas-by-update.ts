import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** For the console, which asks once a second what has changed. */
export const sagasByUpdateMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('sagas_by_update').on('sagas').column('updated_at').execute();
  },
};
