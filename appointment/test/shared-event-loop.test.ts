import { openSagas } from 'durable-saga';
import { expect, test } from 'vitest';
import { createBookingFinder } from '../src/find-bookings.ts';
import { insertEndedSaga, openStoreWith } from './store-with-bookings.ts';

test('When a long page of bookings is read, Then others have the event loop again and again', async () => {
  await using store = await openStoreWith(200);
  const { database, idAt } = store;
  await database.transaction(async (tables) => {
    for (let index = 0; index < 200; index += 1) await insertEndedSaga(tables, idAt(index));
  });
  const sagas = await openSagas({ store: database, definitions: [], recover: false });
  const { list } = createBookingFinder(database, sagas.find, async () => []);
  let turns = 0;
  let isReading = true;
  const count = () => {
    turns += 1;
    if (isReading) setImmediate(count);
  };
  setImmediate(count);

  const { items } = await list({ limit: 200 }, undefined);
  isReading = false;
  await sagas.close();

  expect(items).toHaveLength(200);
  expect(turns).toBeGreaterThanOrEqual(20);
});
