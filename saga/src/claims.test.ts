import { overPostgres } from 'durable-store/testing';
import { expect, test } from 'vitest';
import { openBench } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { type Claim, claimDue, claimOne, LEASE_MS, renewLeases } from './claims.ts';
import { findSaga, insertSaga } from './log.ts';
import type { SagaRecord } from './record.ts';
import { sagasIn } from './tables.ts';
import { newSagaRecord } from './transitions.ts';

const NOW = 1_000_000;
const LEASE_UNTIL = NOW + LEASE_MS;
const CLAIM: Claim = {
  now: NOW,
  worker: 'this worker',
  runnable: [{ name: 'any', version: 1 }],
  limit: 10,
  except: [],
};

const record = (id: string, change: Partial<SagaRecord> = {}): SagaRecord => ({
  ...newSagaRecord({ id, name: 'any', version: 1, input: null, trace: null, at: NOW }),
  ...change,
});

test('When two replicas look for due sagas at once, Then one claims them and the other does not wait for it', async () => {
  await using bench = openBench({ fakeTime: false });
  const { store } = await bench.openHost([]);
  const { store: otherStore } = await bench.openHost([]);
  await store.transaction(async (tables) => {
    await insertSaga(sagasIn(tables), record('saga-1', { dueAt: NOW - 1 }));
    await insertSaga(sagasIn(tables), record('saga-2'));
  });
  const claimed = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();

  const first = store.transaction(async (tables) => {
    const due = await claimDue(sagasIn(tables), CLAIM);
    claimed.resolve();
    // SQLite has one transaction at a time, so there the other one cannot come to an end before this one.
    if (overPostgres()) await seen.promise;
    return due;
  });
  await claimed.promise;
  const others = await otherStore.transaction((tables) => claimDue(sagasIn(tables), CLAIM));
  seen.resolve();

  expect(others).toEqual([]);
  expect((await first).map(({ id, fence }) => [id, fence])).toEqual([
    ['saga-1', 2],
    ['saga-2', 2],
  ]);
  expect(await findSaga(sagasIn(store.read), 'saga-1')).toMatchObject({
    fence: 2,
    dueAt: LEASE_UNTIL,
    worker: 'this worker',
  });
});

test('When a worker claims, Then it gets what is due, or seems due long after any lease, or whose timer went off, of its definitions only', async () => {
  await using bench = openBench({ fakeTime: false });
  const { store } = await bench.openHost([]);
  const records = [
    record('due'),
    record('leased', { dueAt: NOW + LEASE_MS }),
    record('before the clock was set back', { dueAt: NOW + 3_600_000 }),
    record('ended', { dueAt: null }),
    record('timer went off', { dueAt: null, wakeAt: NOW }),
    record('timer runs', { dueAt: null, wakeAt: NOW + 3_600_000 }),
    record('runs here', { dueAt: NOW - 1 }),
    record('of another name', { name: 'other' }),
    record('of another version', { version: 2 }),
  ];
  await store.transaction(async (tables) => {
    for (const one of records) await insertSaga(sagasIn(tables), one);
  });

  const claimed = await store.transaction((tables) => claimDue(sagasIn(tables), { ...CLAIM, except: ['runs here'] }));

  expect(claimed.map(({ id }) => id)).toEqual(['due', 'before the clock was set back', 'timer went off']);
  const { wakeAt, dueAt } = (await findSaga(sagasIn(store.read), 'timer went off')) ?? {};
  expect({ wakeAt, dueAt }).toEqual({ wakeAt: null, dueAt: LEASE_UNTIL });
});

test('When a saga is claimed by its id, Then that is once, also for the worker that has it', async () => {
  await using bench = openBench({ fakeTime: false });
  const { store } = await bench.openHost([]);
  await store.transaction((tables) => insertSaga(sagasIn(tables), record('saga-1')));
  const claim = () => store.transaction((tables) => claimOne(sagasIn(tables), 'saga-1', CLAIM));

  expect(await claim()).toMatchObject({ fence: 2, worker: 'this worker' });
  expect(await claim()).toBeUndefined();
  expect(await findSaga(sagasIn(store.read), 'saga-1')).toMatchObject({ fence: 2 });
});

test('When leases are renewed, Then that is for those with the same fencing token, none is shortened or begun anew, and the lost ones are missing', async () => {
  await using bench = openBench({ fakeTime: false });
  const { store } = await bench.openHost([]);
  const worker = 'this worker';
  const records = [
    record('old', { worker, dueAt: NOW }),
    record('newer', { worker, dueAt: LEASE_UNTIL + 1 }),
    record('ended', { dueAt: null }),
    record('rescheduled', { dueAt: NOW }),
    record('lost', { worker, dueAt: NOW }),
  ];
  const leases = await store.transaction(async (tables) => {
    for (const one of records) await insertSaga(sagasIn(tables), one);
    const held = records.map(({ id, fence }) => ({ id, fence: id === 'lost' ? fence - 1 : fence }));
    return renewLeases(sagasIn(tables), held, LEASE_UNTIL);
  });

  const dueAt = async (id: string) => (await findSaga(sagasIn(store.read), id))?.dueAt;
  expect(await Promise.all(records.map(({ id }) => dueAt(id)))).toEqual([LEASE_UNTIL, LEASE_UNTIL + 1, null, NOW, NOW]);
  expect(Object.fromEntries(leases)).toEqual({ old: LEASE_UNTIL, newer: LEASE_UNTIL + 1, ended: 0, rescheduled: NOW });
});

test.runIf(overPostgres())(
  'When a row is locked as its lease is to be renewed, Then it has the lease that it had',
  async () => {
    await using bench = openBench({ fakeTime: false });
    const { store } = await bench.openHost([]);
    const held = record('saga-1', { worker: 'this worker', dueAt: NOW });
    await store.transaction((tables) => insertSaga(sagasIn(tables), held));
    const locked = Promise.withResolvers<void>();
    const renewed = Promise.withResolvers<void>();

    const other = store.transaction(async (tables) => {
      await findSaga(sagasIn(tables), 'saga-1', { forUpdate: true });
      locked.resolve();
      await renewed.promise;
    });
    await locked.promise;
    const leases = await store.transaction((tables) => renewLeases(sagasIn(tables), [held], LEASE_UNTIL));
    renewed.resolve();
    await other;

    expect(Object.fromEntries(leases)).toEqual({ 'saga-1': NOW });
  },
);

test('When many more are due than are run at once, Then all are ended without a timer having to go off', async () => {
  await using bench = openBench();
  const saga = createWorld().letters('A', {});
  const { store } = await bench.openHost([]);
  const ids = Array.from({ length: 300 }, (_, index) => `saga-${index}`);
  await store.transaction(async (tables) => {
    for (const id of ids) await insertSaga(sagasIn(tables), record(id, { name: saga.name, dueAt: 0 }));
  });
  const unfinished = async () =>
    (await store.read.selectFrom('sagas').select('id').where('due_at', 'is not', null).execute()).length;

  await bench.openHost([saga], { recover: true });
  // The faked time stands still all the while.
  const giveUpAt = process.hrtime.bigint() + 20_000_000_000n;
  while ((await unfinished()) > 0 && process.hrtime.bigint() < giveUpAt)
    await new Promise((next) => setImmediate(next));

  expect(await unfinished()).toBe(0);
});
