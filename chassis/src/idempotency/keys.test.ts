import { openStore } from 'durable-store';
import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { storeUrl, temporaryFolder } from '../../testing/index.ts';
import { Problem } from '../http/problem.ts';
import { jsonReply, type Reply } from '../http/reply.ts';
import { createIdempotencyKeys, fingerprintOf, type IdempotencyTables, idempotencyKeysMigration } from './keys.ts';

const HOUR = 3_600_000;
const request = { key: 'key-1', fingerprint: fingerprintOf('request 1'), route: '/things' };
const reply = jsonReply(200, { id: '1' });

interface Tables extends IdempotencyTables {
  effects: { id: number };
}

/** Keys over a real store, with a clock that the test moves. */
async function openKeys(runningMs = 1_000) {
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
    releaseAll: inOneTransaction(keys.releaseAll),
    prune: inOneTransaction(keys.prune),
    once: (work: (tables: Kysely<Tables>) => Promise<Reply>) => keys.once(database, request, work),
    effects: async () => (await database.read.selectFrom('effects').selectAll().execute()).length,
    count: async () => (await database.read.selectFrom('idempotency_keys').select('key').execute()).length,
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

test('When a key is new, Then its claim succeeds; a retry meanwhile gets 409', async () => {
  await using keys = await openKeys();

  expect(await keys.claim(request)).toBeUndefined();

  await expect(keys.claim(request)).rejects.toMatchObject({
    status: 409,
    code: 'request_in_progress',
    headers: { 'retry-after': '1' },
  });
});

test('When the first request is complete, Then a retry gets exactly its reply', async () => {
  await using keys = await openKeys();
  await keys.claim(request);

  await keys.complete(request.key, { ...reply, headers: { location: '/things/1' } });

  expect(await keys.claim(request)).toEqual({ ...reply, headers: { location: '/things/1' } });
});

test('When the key comes with another request, Then 422, whether the first is complete or not', async () => {
  await using keys = await openKeys();
  const other = { ...request, fingerprint: fingerprintOf('request 2') };
  await keys.claim(request);

  await expect(keys.claim(other)).rejects.toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  await keys.complete(request.key, reply);
  await expect(keys.claim(other)).rejects.toMatchObject({ status: 422 });
});

test('When the first request exceeds its time to run, Then one retry claims the key', async () => {
  await using keys = await openKeys(1_000);
  await keys.claim(request);

  keys.clock.now += 999;
  await expect(keys.claim(request)).rejects.toMatchObject({ status: 409 });
  keys.clock.now += 1;
  expect(await keys.claim(request)).toBeUndefined();
  await expect(keys.claim(request)).rejects.toMatchObject({ status: 409 });
});

test('When the time to run is infinite, Then no retry ever claims the key', async () => {
  await using keys = await openKeys(Number.POSITIVE_INFINITY);
  await keys.claim(request);

  keys.clock.now += 1_000_000 * HOUR;

  await expect(keys.claim(request)).rejects.toMatchObject({ status: 409 });
});

test('When a key is released, Then the next retry claims it at once; a complete one stays complete', async () => {
  await using keys = await openKeys();
  const completed = { ...request, key: 'key-2' };
  await keys.claim(request);
  await keys.claim(completed);
  await keys.complete(completed.key, reply);

  await keys.release(request.key);
  await keys.releaseAll();

  expect(await keys.claim(request)).toBeUndefined();
  expect(await keys.claim(completed)).toEqual(reply);
});

test('When the process restarts, Then releaseAll releases what was running', async () => {
  await using keys = await openKeys(Number.POSITIVE_INFINITY);
  await keys.claim(request);

  await keys.releaseAll();

  expect(await keys.claim(request)).toBeUndefined();
});

test('When a day has gone by, Then a key is still known; when 25 hours have, it is forgotten', async () => {
  await using keys = await openKeys();
  await keys.claim(request);
  await keys.complete(request.key, reply);

  keys.clock.now += 24 * HOUR + 1;
  await keys.prune();
  expect(await keys.count()).toBe(1);
  keys.clock.now += HOUR;
  expect(await keys.prune()).toBe(false);
  expect(await keys.count()).toBe(0);
});

test('When old keys are pruned, Then those still running stay and the others go', async () => {
  await using running = await openKeys(Number.POSITIVE_INFINITY);
  await running.claim(request);
  await running.claim({ ...request, key: 'key-2' });
  await running.release('key-2');

  running.clock.now += 26 * HOUR;
  await running.prune();

  await expect(running.claim(request)).rejects.toMatchObject({ code: 'request_in_progress' });
  expect(await running.count()).toBe(1);
});

test('When there are many old keys, Then one call prunes one batch and says that there are more', async () => {
  await using keys = await openKeys();
  const values = sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 750)
    insert into idempotency_keys select 'old-' || i, 'f', 'done', 0, '{}', 0 from n`;
  await keys.database.transaction((tables) => values.execute(tables));
  keys.clock.now = 26 * HOUR;

  expect([await keys.prune(), await keys.prune(), await keys.count()]).toEqual([true, false, 0]);
});

test('When 50 requests with one key come together, Then the work runs once and all get its reply', async () => {
  await using keys = await openKeys();
  let runs = 0;
  const work = async () => {
    runs += 1;
    return jsonReply(200, { run: runs });
  };

  const replies = await Promise.all(Array.from({ length: 50 }, () => keys.once(work)));

  expect(runs).toBe(1);
  expect(new Set(replies.map(({ body }) => body))).toEqual(new Set(['{"run":1}']));
  expect(replies.filter(({ replayed }) => replayed)).toHaveLength(49);
});

test('When the work refuses, Then the refusal is kept like any reply', async () => {
  await using keys = await openKeys();
  let runs = 0;
  const refuse = async () => {
    runs += 1;
    throw new Problem(409, 'taken');
  };

  const [first, second] = [await keys.once(refuse), await keys.once(refuse)];

  expect(runs).toBe(1);
  expect(second).toEqual({ ...first, replayed: true });
  expect(first).toMatchObject({ status: 409, type: 'application/problem+json' });
});

test.each([new Error('broken'), new Problem(503, 'peer_down')])(
  'When the work fails, Then the key, and the effect with it, was never there',
  async (error) => {
    await using keys = await openKeys();
    const fail = async (tables: Kysely<Tables>) => {
      await tables.insertInto('effects').values({ id: 1 }).execute();
      throw error;
    };

    await expect(keys.once(fail)).rejects.toBe(error);

    expect([await keys.count(), await keys.effects()]).toEqual([0, 0]);
    expect(await keys.once(async () => reply)).toEqual(reply);
  },
);
