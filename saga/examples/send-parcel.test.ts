import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { Refusal } from '../src/index.ts';
import { checkStoredLogs, createTestSagas, killAtEveryWrite } from '../testing/index.ts';
import { defineParcel } from './send-parcel.ts';

/** The saga over two services in memory, which keep what they did by the key that the caller chose. */
function createParcel() {
  const taken = new Map<string, string>();
  const booked = new Map<string, string>();
  const parcel = defineParcel({
    stock: {
      async take(key, article) {
        taken.set(key, article);
        return 7;
      },
      async putBack(key) {
        taken.delete(key);
      },
    },
    courier: {
      async book(key, address) {
        booked.set(key, address);
        return `courier of ${key}`;
      },
      async cancel(key) {
        booked.delete(key);
      },
    },
  });
  const step = (name: string) => parcel.steps.get(name) ?? assert.fail(`no step ${name}`);
  return { parcel, take: step('take'), book: step('book'), taken, booked };
}

const order = { article: 'book', address: 'Main St. 1' };

test('When the courier refuses, Then the stock is put back', async () => {
  const { parcel, book, taken } = createParcel();
  await using sagas = await createTestSagas({ definitions: [parcel] });
  sagas.fail(book, new Refusal('no_courier'));

  const { status, failure } = await sagas.run(parcel, order);

  assert.equal(status, 'compensated');
  assert.equal(failure?.code, 'no_courier');
  assert.equal(taken.size, 0);
});

test('When a call to the courier hangs, Then it ends at its timeout and the next one books', async () => {
  const { parcel, book } = createParcel();
  await using sagas = await createTestSagas({ definitions: [parcel] });
  sagas.hang(book, { times: 1 });

  const handle = await sagas.start(parcel, order);
  await sagas.advance('29s');
  const before = await sagas.log(handle.id);
  const { result } = await sagas.settled(handle.outcome());

  assert.equal(before.status, 'pending');
  assert.deepEqual(result, { shelf: 7, courierId: `courier of ${handle.id}` });
});

test('When the response of a call is lost and the process dies, Then the next one sends the parcel, and once', async () => {
  const { parcel, book, booked } = createParcel();
  await using sagas = await createTestSagas({ definitions: [parcel] });
  sagas.fail(book, new Error('connection reset'), { afterEffect: true, times: 1 });
  const { id } = await sagas.start(parcel, order);

  await sagas.crash();
  const { status } = await sagas.untilRested(id);

  assert.equal(status, 'completed');
  assert.deepEqual([...booked], [[id, 'Main St. 1']]);
});

test('When the process dies at any write, Then the parcel is sent all the same', async () => {
  const { parcel, taken, booked } = createParcel();

  const { writes, crashes } = await killAtEveryWrite(parcel, order, {
    setUp() {
      taken.clear();
      booked.clear();
    },
    effects: () => ({ taken, booked }),
  });

  assert.deepEqual(writes, [
    'pending: take running',
    'pending: take done; book running',
    'completed: take done; book done',
  ]);
  assert.deepEqual(crashes, { completed: 6 });
});

test('When the saga is changed, Then parcels that earlier versions have stored can be finished and cancelled', async () => {
  const { parcel } = createParcel();
  const logs = JSON.parse(readFileSync(new URL('stored-parcels.json', import.meta.url), 'utf8'));

  assert.deepEqual(await checkStoredLogs([parcel], logs), []);
});
