import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { openKeys, reply, request, type Tables } from '../../testing/idempotency-keys.ts';
import { Problem } from '../http/problem.ts';
import { jsonReply } from '../http/reply.ts';
import { fingerprintOf } from './idempotent-request.ts';

const HOUR = 3_600_000;
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

test('When the work refuses after it has written, Then what it wrote is undone and the refusal is kept', async () => {
  await using keys = await openKeys();
  const refuse = async (tables: Kysely<Tables>) => {
    await tables.insertInto('effects').values({ id: 1 }).execute();
    throw new Problem(409, 'taken');
  };

  const first = await keys.once(refuse);

  expect(first.status).toBe(409);
  expect(await keys.effects()).toBe(0);
  expect(await keys.once(async () => reply)).toEqual({ ...first, replayed: true });
});

test('When the key is refused, Then that refusal is not kept', async () => {
  await using keys = await openKeys();
  await keys.claim(request);

  await expect(keys.once(async () => reply)).rejects.toMatchObject({ code: 'request_in_progress' });

  await keys.release(request.key);
  expect(await keys.once(async () => reply)).toEqual(reply);
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

test('When a request is erased, Then nothing of it is kept, and its key is never free again', async () => {
  await using keys = await openKeys();
  await keys.claim(request);
  await keys.complete(request.key, reply);
  const other = { ...request, fingerprint: fingerprintOf('request 2') };

  await keys.erase(request.key);

  await expect(keys.claim(request)).rejects.toMatchObject({ status: 410, code: 'request_erased' });
  await expect(keys.claim(other)).rejects.toMatchObject({ status: 410 });
  expect(await keys.rows()).toMatchObject([{ key: request.key, fingerprint: 'erased', reply: null }]);
});
