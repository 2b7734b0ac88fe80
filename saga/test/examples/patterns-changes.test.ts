import { expect, test } from 'vitest';
import { defineOrders } from '../../examples/patterns/changed-function.ts';
import { findProblems } from '../../examples/patterns/check-before-deploy.ts';
import type { AnySaga } from '../../src/index.ts';
import { openSagas, type Sagas } from '../../src/index.ts';
import { createTestSagas } from '../../testing/index.ts';

/** A store in which the first release has left an order that has completed and one that waits. */
async function openShop() {
  const calls: string[] = [];
  const orders = defineOrders({
    perform: async (what, id) => void calls.push(`${what} ${id}`),
    undo: async (what, id) => void calls.push(`undo ${what} ${id}`),
  });
  const sagas = await createTestSagas({ definitions: [orders.released] });
  await sagas.run(orders.released, { article: 'book' }, { id: 'completed' });
  await sagas.advance('2d');
  await sagas.run(orders.released, { article: 'book' }, { id: 'waiting' });
  calls.length = 0;

  const { store } = sagas;
  const opened: Array<Pick<Sagas, 'close'>> = [sagas];
  return {
    ...orders,
    sagas,
    calls,
    /** The next release, over the same store, a day later. */
    async deploy(definitions: AnySaga[]) {
      await sagas.sagas.close();
      const now = sagas.now() + 86_400_000;
      const next = await openSagas({ store, definitions, now: () => now, exclusive: true });
      opened.push(next);
      return next;
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened.reverse()) await one.close();
    },
  };
}

test('When the release has both versions, Then the check before its deploy finds nothing', async () => {
  await using shop = await openShop();

  expect(await findProblems(shop.sagas.sagas, [shop.changed, shop.second])).toEqual([]);
});

test('When the release has forgotten the first version, Then the check says which sagas need it', async () => {
  await using shop = await openShop();

  expect(await findProblems(shop.sagas.sagas, [shop.second])).toMatchObject([
    { id: 'waiting', prevents: 'finish', code: 'definition_unknown' },
    { id: 'completed', prevents: 'cancel', code: 'definition_unknown' },
  ]);
});

test('When the release is deployed, Then orders of the first one go on, and can be cancelled', async () => {
  await using shop = await openShop();

  const release = await shop.deploy([shop.changed, shop.second]);
  const waiting = await release.attach('waiting');
  await waiting?.outcome();
  await release.cancel('completed', { by: 'Ann' });
  const completed = await release.attach('completed');
  await completed?.rested();

  expect(await release.find('waiting')).toMatchObject({ status: 'completed' });
  expect(await release.find('completed')).toMatchObject({ status: 'cancelled' });
  expect(shop.calls.filter((call) => call.endsWith(' waiting'))).toEqual(
    ['check', 'charge', 'mail'].map((what) => `${what} waiting`),
  );
  expect(shop.calls.filter((call) => call.endsWith(' completed'))).toEqual(
    ['charge', 'gift', 'reserve'].map((what) => `undo ${what} completed`),
  );
  const second = await release.start(shop.second, { id: 'second', input: { article: 'book' } });
  expect(await second.outcome()).toMatchObject({ completed: true, saga: { version: 2 } });
});
