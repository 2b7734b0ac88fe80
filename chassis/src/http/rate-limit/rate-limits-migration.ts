import type { Migration } from 'durable-store';
import { type Kysely, sql } from 'kysely';

/**
 * What `rate-limiter-flexible` counts in, in its own form; used where processes share the store. PostgreSQL writes no log of
 * it: after a crash of the server the counts begin anew.
 */
export const rateLimitsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const table = db.schema
      .createTable('rate_limits')
      .addColumn('key', 'varchar(255)', (column) => column.primaryKey())
      .addColumn('points', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('expire', 'bigint');
    // Kysely has it on PostgreSQL alone.
    const isPostgres = db.getExecutor().adapter.supportsTransactionalDdl;
    await (isPostgres ? table.modifyFront(sql`unlogged`) : table).execute();
  },
};
