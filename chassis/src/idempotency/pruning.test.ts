import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openKeys, reply, request } from '../../testing/idempotency-keys.ts';

const HOUR = 3_600_000;

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
