import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** For the console: its sessions are in cookies, which cannot be taken back. */
export const signedOutSessionsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('signed_out_sessions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('until', 'bigint', (column) => column.notNull())
      .execute();
  },
};
