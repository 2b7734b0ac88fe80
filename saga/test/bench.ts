import { join } from 'node:path';
import { openStore as open, type Store } from 'durable-store';
import { readStored, storeUrl, temporaryFolder } from 'durable-store/testing';
import { vi } from 'vitest';
import { type AnySaga, sagaMigrations } from '../src/index.ts';
import { type BenchTables, type HostOptions, openHost } from './host.ts';

export { forever, settled, until } from './faked-time.ts';
export type { BenchTables, Host } from './host.ts';

// Time is faked, but the disk is real and may be busy.
vi.setConfig({ testTimeout: 30_000 });

function useFakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
}

/** A store in a folder of its own, and processes that run sagas over it; the time is faked unless told otherwise. */
export function openBench({ fakeTime = true } = {}) {
  const folder = temporaryFolder();
  const file = join(folder.path, 'sagas.db');
  const closers: Array<() => Promise<unknown>> = [];
  if (fakeTime) useFakeTime();

  async function openStore(): Promise<Store<BenchTables>> {
    const store = await open<BenchTables>(await storeUrl(folder.path, 'sagas'), {
      migrations: {
        ...sagaMigrations,
        'sagas-notes': { up: (db) => db.schema.createTable('notes').addColumn('text', 'text').execute() },
      },
    });
    closers.push(store.close);
    return store;
  }

  return {
    file,
    storeUrl: () => storeUrl(folder.path, 'sagas'),
    /** Every byte that is in the store. */
    stored: async () => (await readStored(folder.path)).join('\n'),
    /** One process: a connection and sagas of its own. It recovers nothing unless told to. */
    async openHost(definitions: AnySaga[], options: HostOptions = {}) {
      const host = await openHost(await openStore(), definitions, {
        ...(fakeTime && { now: () => Date.now() }),
        ...options,
      });
      closers.push(host.close);
      return host;
    },
    async [Symbol.asyncDispose]() {
      vi.useRealTimers();
      vi.restoreAllMocks();
      for (const close of closers.reverse()) await close();
      folder[Symbol.dispose]();
    },
  };
}
