import type { CreateIndexBuilder, SchemaModule } from 'kysely';
import type { Migration as KyselyMigration } from 'kysely/migration';

/** One step of a store's schema, by kysely's form, and the indexes that it adds to tables which may be large by then. */
export interface Migration extends KyselyMigration {
  /**
   * The indexes, each with a name of its own in the store. They are built after all migrations: on PostgreSQL
   * concurrently, so that nobody waits for them. Nothing in `up` may rely on them. Indexes of a new table belong into `up`.
   */
  indexes?(schema: SchemaModule): ReadonlyArray<CreateIndexBuilder<unknown>>;
}

/** The indexes of all migrations, the first one of each name. */
export function indexesOf(
  migrations: Record<string, Migration>,
  schema: SchemaModule,
): Map<string, CreateIndexBuilder<unknown>> {
  const named = new Map<string, CreateIndexBuilder<unknown>>();
  for (const index of Object.values(migrations).flatMap((migration) => migration.indexes?.(schema) ?? [])) {
    const { name } = index.toOperationNode().name;
    if (!named.has(name)) named.set(name, index);
  }
  return named;
}
