import assert from 'node:assert/strict';
import type { Store } from 'durable-store';
import { claimDue, claimOne, expireLeases, isAnythingDue, LEASE_MS, renewLeases } from '../../src/claims.ts';
import type { SagaRecord } from '../../src/index.ts';
import { updateSaga } from '../../src/log.ts';
import { sagasIn } from '../../src/tables.ts';
import type { ConformanceCase, ConformanceTables } from './conformance-case.ts';
import { addSagas, BEGAN, newSaga, readSaga } from './sagas.ts';

const runnable = [{ name: 'saga', version: 1 }];

interface Claiming {
  now?: number;
  limit?: number;
  except?: string[];
}

function claim(store: Store<ConformanceTables>, worker: string, claiming: Claiming = {}): Promise<SagaRecord[]> {
  const { now = BEGAN, limit = 10, except = [] } = claiming;
  return store.transaction((tables) => claimDue(sagasIn(tables), { now, worker, runnable, limit, except }));
}

const idsOf = (records: readonly SagaRecord[]): string[] => records.map(({ id }) => id);

/** What leases need of a store. */
export const claimCases: ConformanceCase[] = [
  {
    name: 'When two workers claim one saga at a time, Then one of them gets it, under a new fencing token',
    async run(stores) {
      const saga = newSaga('a');
      await addSagas(stores[0], [saga]);

      const claims = await Promise.all(stores.map((store, index) => claim(store, `worker-${index}`)));

      const [claimed, ...others] = claims.flat();
      const worker = `worker-${claims.findIndex(({ length }) => length > 0)}`;
      assert.deepEqual(others, []);
      assert.deepEqual(claimed, { ...saga, fence: 2, dueAt: BEGAN + LEASE_MS, worker });
      assert.deepEqual(await readSaga(stores[0], 'a'), claimed);
    },
  },
  {
    name: 'When an event has made a saga due whose timer has gone off as well, Then it is claimed once',
    async run([store]) {
      await addSagas(store, [{ ...newSaga('a'), wakeAt: BEGAN }]);

      assert.deepEqual(idsOf(await claim(store, 'worker')), ['a']);
      assert.deepEqual(await claim(store, 'worker'), []);
    },
  },
  {
    name: 'When workers claim many sagas at a time, Then each saga is claimed once',
    async run(stores) {
      const ids = Array.from({ length: 40 }, (_, index) => `saga-${String(index).padStart(2, '0')}`);
      await addSagas(
        stores[0],
        ids.map((id) => newSaga(id)),
      );
      const claimed: string[] = [];

      const work = async (store: Store<ConformanceTables>, worker: string) => {
        // A round may come away with nothing where the others are being claimed, so it is tried as often as there are any.
        for (let round = 0; round < ids.length; round += 1) {
          claimed.push(...idsOf(await claim(store, worker, { limit: 3 })));
        }
      };
      await Promise.all([...stores, ...stores].map((store, index) => work(store, `worker-${index}`)));

      assert.deepEqual(claimed.toSorted(), ids);
    },
  },
  {
    name: 'When a worker has claimed a saga, Then the run before cannot write any more, and the new one can',
    async run([first, second]) {
      const before = newSaga('a');
      await addSagas(first, [before]);
      const [claimed] = await claim(second, 'worker');
      const write = (record: SagaRecord) =>
        first.transaction((tables) =>
          updateSaga(sagasIn(tables), record, { ...record, revision: record.revision + 1 }),
        );

      assert.equal(await write(before), false);
      assert.equal(claimed && (await write(claimed)), true);
    },
  },
  {
    name: 'When sagas are claimed, Then those that are due come earliest first, and others are left alone',
    async run([first]) {
      await addSagas(first, [
        newSaga('late', { dueAt: BEGAN + 1 }),
        newSaga('third', { dueAt: BEGAN - 1 }),
        newSaga('first', { dueAt: BEGAN - 3 }),
        newSaga('second', { dueAt: BEGAN - 2 }),
        newSaga('held here', { dueAt: BEGAN - 9 }),
        newSaga('other version', { version: 2, dueAt: BEGAN - 9 }),
        newSaga('ended', { dueAt: null }),
      ]);

      const two = await claim(first, 'worker', { limit: 2, except: ['held here'] });
      const rest = await claim(first, 'worker', { except: ['held here'] });

      assert.deepEqual([idsOf(two), idsOf(rest)], [['first', 'second'], ['third']]);
    },
  },
  {
    name: 'When a timer goes off, Then its saga is claimed once',
    async run([first, second]) {
      const waiting = { ...newSaga('a', { dueAt: null }), status: 'waiting' as const, wakeAt: BEGAN + 10 };
      await addSagas(first, [waiting]);

      const early = [
        await isAnythingDue(sagasIn(second.read), BEGAN + 9),
        await claim(second, 'w', { now: BEGAN + 9 }),
      ];
      const due = await isAnythingDue(sagasIn(second.read), BEGAN + 10);
      const claims = await Promise.all([first, second].map((store) => claim(store, 'w', { now: BEGAN + 10 })));

      assert.deepEqual([early, due], [[false, []], true]);
      assert.deepEqual(idsOf(claims.flat()), ['a']);
      assert.equal((await readSaga(first, 'a')).wakeAt, null);
    },
  },
  {
    name: 'When a lease ended later than any can, Then the clock was set back and the saga is claimed',
    async run([first]) {
      await addSagas(first, [newSaga('a', { dueAt: BEGAN + 3_600_000 }), newSaga('b', { dueAt: BEGAN + LEASE_MS })]);

      assert.deepEqual(idsOf(await claim(first, 'worker')), ['a']);
    },
  },
  {
    name: 'When one saga is claimed by its id, Then it is, unless a worker holds it',
    async run([first, second]) {
      await addSagas(first, [newSaga('a', { dueAt: BEGAN + 1_000 }), { ...newSaga('b'), worker: 'another' }]);
      const claimById = (id: string) =>
        second.transaction((tables) => claimOne(sagasIn(tables), id, { now: BEGAN, worker: 'worker', runnable }));

      const claimed = [await claimById('a'), await claimById('a'), await claimById('b'), await claimById('c')];

      assert.deepEqual(
        claimed.map((record) => record?.id),
        ['a', undefined, undefined, undefined],
      );
    },
  },
  {
    name: 'When leases are renewed, Then those of sagas that others have are reported and not touched',
    async run([first, second]) {
      const ids = Array.from({ length: 100 }, (_, index) => `saga-${index}`);
      await addSagas(
        first,
        ids.map((id) => newSaga(id)),
      );
      const held = await claim(first, 'worker', { limit: 100 });
      const [lost] = await claim(second, 'another', { now: BEGAN + LEASE_MS, limit: 1 });

      const until = BEGAN + LEASE_MS + 500;
      const leases = await first.transaction((tables) => renewLeases(sagasIn(tables), held, until));

      assert.deepEqual(
        ids.filter((id) => !leases.has(id)),
        [lost?.id],
      );
      const isKept = async (id: string) => (await readSaga(second, id)).dueAt === until;
      const kept = await Promise.all(ids.map(isKept));
      assert.equal(kept.filter(Boolean).length, 99);
      assert.equal((await readSaga(second, lost?.id ?? '')).dueAt, lost?.dueAt);
    },
  },
  {
    name: 'When a process knows that it is alone, Then the leases of the one before are over at once',
    async run([first]) {
      await addSagas(first, [newSaga('a'), newSaga('b', { dueAt: null })]);
      await claim(first, 'gone');

      await first.transaction((tables) => expireLeases(sagasIn(tables), BEGAN, runnable));

      assert.deepEqual(idsOf(await claim(first, 'worker')), ['a']);
    },
  },
];
