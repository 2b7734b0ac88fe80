import { openStore } from 'durable-store';
import { storeUrl, temporaryFolder } from 'durable-store/testing';
import type { Kysely } from 'kysely';
import { jsonReply, type Reply } from '../src/http/reply.ts';
import { fingerprintOf } from '../src/idempotency/idempotent-request.ts';
import { type IdempotencyTables, idempotencyKeysMigration } from '../src/idempotency/key-table.ts';
import { createIdempotencyKeys } from '../src/idempotency/keys.ts';
import { pruneKeys } from '../src/idempotency/pruning.ts';

/** The first request of most tests. */
export const request = { key: 'key-1', fingerprint: fingerprintOf('request 1'), route: '/things' };
export const reply = jsonReply(200, { id: '1' });

export interface Tables extends IdempotencyTables {
  effects: { id: number };
}

/** Keys over a real store, with a clock that the test moves. */
export async function openKeys(runningMs = 1_000) {
  const folder = temporaryFolder();
  const database = await openStore<Tables>(await storeUrl(folder.path, 'keys'), {
    migrations: {
      '001': idempotencyKeysMigration,
      '002': { up: (db) => db.schema.createTable('effects').addColumn('id', 'integer').execute() },
    },
  });
  const clock = { now: 1_000_000 };
  const keys = createIdempotencyKeys({ runningMs, now: () => clock.now });
  const inOneTransaction =
    <Arguments extends unknown[], Result>(
      operation: (tables: never, ...rest: Arguments) => Promise<Result>,
    ): ((...rest: Arguments) => Promise<Result>) =>
    (...rest) =>
      database.transaction((tables) => operation(tables as never, ...rest));
  return {
    database,
    clock,
    claim: inOneTransaction(keys.claim),
    complete: inOneTransaction(keys.complete),
    release: inOneTransaction(keys.release),
    erase: inOneTransaction(keys.erase),
    rows: () => database.read.selectFrom('idempotency_keys').selectAll().execute(),
    releaseAll: inOneTransaction(keys.releaseAll),
    prune: inOneTransaction((tables) => pruneKeys(tables, clock.now)),
    once: (work: (tables: Kysely<Tables>) => Promise<Reply>) => keys.once(database, request, [], work),
    effects: async () => (await database.read.selectFrom('effects').selectAll().execute()).length,
    count: async () => (await database.read.selectFrom('idempotency_keys').select('key').execute()).length,
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}
