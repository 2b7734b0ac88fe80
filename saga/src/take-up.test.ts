import { overPostgres } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { openBench } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { findSaga, insertSaga, renewLeases, sagasIn, takeUpDue } from './saga-log.ts';
import { newSagaRecord } from './saga-record.ts';

const NOW = 1_000_000;
const LEASE_UNTIL = NOW + 6_000;
const FEW = { limit: 10, except: [] };

test('When two replicas look for due sagas at once, Then one takes them up and the other does not wait for it', async () => {
  await using bench = openBench({ fakeTime: false });
  const { store } = await bench.openHost([]);
  const { store: otherStore } = await bench.openHost([]);
  await store.transaction(async (tables) => {
    await insertSaga(sagasIn(tables), newSagaRecord('saga-1', 'any', null, NOW, NOW - 1));
    await insertSaga(sagasIn(tables), newSagaRecord('saga-2', 'any', null, NOW, NOW));
  });
  const taken = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();

  const first = store.transaction(async (tables) => {
    const due = await takeUpDue(sagasIn(tables), NOW, LEASE_UNTIL, FEW);
    taken.resolve();
    // SQLite has one transaction at a time, so there the other one cannot come to an end before this one.
    if (overPostgres()) await seen.promise;
    return due;
  });
  await taken.promise;
  const others = await otherStore.transaction((tables) => takeUpDue(sagasIn(tables), NOW, LEASE_UNTIL, FEW));
  seen.resolve();

  expect(others).toEqual([]);
  expect((await first).map(({ id, fence }) => [id, fence])).toEqual([
    ['saga-1', 2],
    ['saga-2', 2],
  ]);
  expect(await findSaga(sagasIn(store.read), 'saga-1')).toMatchObject({ fence: 2, dueAt: LEASE_UNTIL });
});

test('When leases are renewed, Then that is for those with the same fence, and none is shortened or begun anew', async () => {
  await using bench = openBench({ fakeTime: false });
  const { store } = await bench.openHost([]);
  const record = (id: string, dueAt: number | null) => ({ ...newSagaRecord(id, 'any', null, NOW, 0), dueAt });
  const records = [record('old', NOW), record('newer', LEASE_UNTIL + 1), record('ended', null), record('lost', NOW)];
  await store.transaction(async (tables) => {
    for (const one of records) await insertSaga(sagasIn(tables), one);
    const held = records.map(({ id, fence }) => ({ id, fence: id === 'lost' ? fence - 1 : fence }));
    await renewLeases(sagasIn(tables), held, LEASE_UNTIL);
  });

  const dueAt = async (id: string) => (await findSaga(sagasIn(store.read), id))?.dueAt;
  expect([await dueAt('old'), await dueAt('newer'), await dueAt('ended'), await dueAt('lost')]).toEqual([
    LEASE_UNTIL,
    LEASE_UNTIL + 1,
    null,
    NOW,
  ]);
});

test('When many more are due than are driven at once, Then all are ended without a timer having to go off', async () => {
  await using bench = openBench();
  const saga = createWorld().letters('A', {});
  const { store, runner } = await bench.openHost([saga]);
  const ids = Array.from({ length: 300 }, (_, index) => `saga-${index}`);
  await store.transaction(async (tables) => {
    for (const id of ids) await insertSaga(sagasIn(tables), newSagaRecord(id, saga.name, 'input', 0, 0));
  });
  const unfinished = async () =>
    (await store.read.selectFrom('sagas').select('id').where('due_at', 'is not', null).execute()).length;

  await runner.open();
  // The faked time stands still all the while.
  const giveUpAt = performance.now() + 20_000;
  while ((await unfinished()) > 0 && performance.now() < giveUpAt) await new Promise((next) => setImmediate(next));

  expect(await unfinished()).toBe(0);
});
