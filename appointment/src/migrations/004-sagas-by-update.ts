import type { Migration } from 'durable-store';

/** For the console, which asks once a second what has changed. */
export const sagasByUpdateMigration: Migration = {
  up: async () => {},
  indexes: (schema) => [schema.createIndex('sagas_by_update').on('sagas').column('updated_at')],
};
