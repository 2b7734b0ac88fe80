import { type Migration, openStore } from 'durable-store';
import { overPostgres, storeUrl, temporaryFolder } from 'durable-store/testing';
import { afterAll, describe, test } from 'vitest';
import { type ConformanceTables, storeConformance } from './index.ts';

const folders = new DisposableStack();
afterAll(() => folders.dispose());

async function openOnDisk(migrations: Record<string, Migration>) {
  const url = await storeUrl(folders.use(temporaryFolder()).path, 'conformance');
  const open = () => openStore<ConformanceTables>(url, { migrations });
  return [await open(), await open()] as const;
}

async function openInMemory(migrations: Record<string, Migration>) {
  const store = await openStore<ConformanceTables>('memory:', { migrations });
  return [store, store] as const;
}

describe(overPostgres() ? 'a PostgreSQL store' : 'an SQLite store', () => {
  for (const { name, run } of storeConformance(openOnDisk)) test(name, run);
});

describe('a store in memory', () => {
  for (const { name, run } of storeConformance(openInMemory)) test(name, run);
});
