import type { Migration } from 'durable-store';
import { sagaMigrations } from '../src/index.ts';
import { claimCases } from './conformance/claim-cases.ts';
import type { ConformanceCase, StorePair } from './conformance/conformance-case.ts';
import { logCases } from './conformance/log-cases.ts';
import { transactionCases } from './conformance/transaction-cases.ts';
import { valueCases } from './conformance/value-cases.ts';

/**
 * Opens one new, empty store twice, as two processes would, and runs these migrations. A store that is for one process
 * only comes twice in the pair.
 */
export type OpenStorePair = (migrations: Record<string, Migration>) => Promise<StorePair>;

const migrations: Record<string, Migration> = {
  ...sagaMigrations,
  'sagas-conformance': {
    up: (db) =>
      db.schema
        .createTable('conformance_accounts')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('amount', 'bigint', (column) => column.notNull())
        .addColumn('note', 'text')
        .execute(),
  },
};

/**
 * What a store must do for sagas to be safe on it, as tests for any test runner. Each opens a store of its own and closes
 * it.
 */
export function storeConformance(openStores: OpenStorePair): Array<{ name: string; run(): Promise<void> }> {
  const cases: ConformanceCase[] = [...transactionCases, ...valueCases, ...logCases, ...claimCases];
  return cases.map(({ name, closesFirst, run }) => ({
    name,
    async run() {
      const stores = await openStores(migrations);
      try {
        await run(stores);
      } finally {
        const open = new Set(stores);
        if (closesFirst) open.delete(stores[0]);
        for (const store of open) await store.close();
      }
    },
  }));
}
