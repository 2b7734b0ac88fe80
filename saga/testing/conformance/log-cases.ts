import assert from 'node:assert/strict';
import { findMissingDefinitions } from '../../src/check-log.ts';
import { consumeEvents, insertEvent, listOpenEvents } from '../../src/events.ts';
import { findWritten, insertSaga, listSagas, updateSaga, writeMove } from '../../src/log.ts';
import { sagasIn } from '../../src/tables.ts';
import { accountsIn, addAccount } from './accounts.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { addSagas, BEGAN, newSaga, readSaga } from './sagas.ts';

const event = { saga: 'a', name: 'approval', payload: { yes: true }, dedupeKey: 'once', at: BEGAN };

/** What the log and its events need of a store. */
export const logCases: ConformanceCase[] = [
  {
    name: 'When the id of a saga is taken, Then inserting it does nothing and its transaction goes on',
    async run([first, second]) {
      await addSagas(first, [newSaga('a', { input: 'first' })]);

      const isNew = await second.transaction(async (tables) => {
        const inserted = await insertSaga(sagasIn(tables), newSaga('a', { input: 'second' }));
        await addAccount(tables, 'beside');
        return inserted;
      });

      assert.equal(isNew, false);
      assert.equal((await readSaga(first, 'a')).input, 'first');
      assert.deepEqual(await accountsIn(first), ['beside']);
    },
  },
  {
    name: 'When two insert a saga of one id at a time, Then one of them does',
    async run(stores) {
      const inserted = await Promise.all(
        stores.map((store, index) =>
          store.transaction((tables) => insertSaga(sagasIn(tables), newSaga('a', { input: index }))),
        ),
      );

      assert.equal(inserted.filter(Boolean).length, 1);
      assert.equal((await readSaga(stores[0], 'a')).input, inserted.indexOf(true));
    },
  },
  {
    name: 'When a run writes with an old fencing token, Then nothing is written',
    async run([first, second]) {
      const saga = { ...newSaga('a'), fence: 2 };
      await addSagas(first, [saga]);

      const stale = { ...saga, fence: 1, revision: 2, status: 'completed' as const };
      const findWrittenNow = await second.transaction((tables) => updateSaga(sagasIn(tables), saga, stale));

      assert.equal(findWrittenNow, false);
      assert.deepEqual(await readSaga(first, 'a'), saga);
    },
  },
  {
    name: 'When a write does not follow the revision on disk, Then nothing is written',
    async run([first]) {
      const saga = { ...newSaga('a'), revision: 5 };
      await addSagas(first, [saga]);

      const write = (revision: number) =>
        first.transaction((tables) => updateSaga(sagasIn(tables), saga, { ...saga, revision, worker: 'w' }));

      assert.deepEqual([await write(5), await write(7), await write(6), await write(6)], [false, false, true, false]);
      const after = { ...saga, revision: 6, worker: 'w' };
      assert.deepEqual(await findWritten(sagasIn(first.read), after), after);
      assert.equal(await findWritten(sagasIn(first.read), { ...after, worker: 'another' }), undefined);
    },
  },
  {
    name: 'When two operators move a saga at a time, Then one of them does',
    async run(stores) {
      const saga = newSaga('a');
      await addSagas(stores[0], [saga]);

      const moved = await Promise.all(
        stores.map((store, index) =>
          store.transaction((tables) =>
            writeMove(sagasIn(tables), saga, { ...saga, fence: 2, revision: 2, worker: String(index) }),
          ),
        ),
      );

      assert.equal(moved.filter(Boolean).length, 1);
      assert.equal((await readSaga(stores[0], 'a')).worker, String(moved.indexOf(true)));
    },
  },
  {
    name: 'When an event comes twice with one dedupe key, Then it is kept once, and one without a key every time',
    async run([first, second]) {
      await addSagas(first, [newSaga('a')]);
      const keep = (one: typeof event | (Omit<typeof event, 'dedupeKey'> & { dedupeKey: undefined })) =>
        second.transaction((tables) => insertEvent(sagasIn(tables), one));

      const kept = [await keep(event), await keep(event)];
      kept.push(await keep({ ...event, dedupeKey: undefined }), await keep({ ...event, dedupeKey: undefined }));

      assert.deepEqual(kept, [true, false, true, true]);
      assert.equal((await listOpenEvents(sagasIn(first.read), 'a')).length, 3);
    },
  },
  {
    name: 'When events are taken, Then the others are left in the order in which they came',
    async run([first]) {
      await addSagas(first, [newSaga('a')]);
      for (const dedupeKey of ['1', '2', '3']) {
        await first.transaction((tables) => insertEvent(sagasIn(tables), { ...event, payload: dedupeKey, dedupeKey }));
      }
      const [oldest] = await listOpenEvents(sagasIn(first.read), 'a');

      await first.transaction((tables) => consumeEvents(sagasIn(tables), [oldest?.sequence ?? -1]));

      const left = await listOpenEvents(sagasIn(first.read), 'a');
      assert.deepEqual([oldest?.payload, ...left.map(({ payload }) => payload)], ['1', '2', '3']);
    },
  },
  {
    name: 'When sagas are listed in pages, Then each comes once',
    async run([first, second]) {
      const ids = ['a', 'B', 'c-1', 'c-10', 'c-2', 'ä'];
      await addSagas(
        first,
        ids.map((id) => newSaga(id)),
      );
      const seen: string[] = [];

      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await listSagas(sagasIn(second.read), { limit: 2, ...(cursor !== undefined && { cursor }) });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }

      assert.deepEqual(seen.toSorted(), ids.toSorted());
    },
  },
  {
    name: 'When the log holds sagas of definitions that are not known, Then each of those is found',
    async run([first]) {
      const known = newSaga('a', { name: 'known' });
      const unfinished = newSaga('b', { name: 'other', version: 2 });
      const ended = { ...newSaga('c', { name: 'other', version: 10 }), status: 'completed' as const };
      await addSagas(first, [known, unfinished, ended]);

      const missing = await findMissingDefinitions(sagasIn(first.read), (name) => name === 'known');

      assert.deepEqual(missing, [
        { name: 'other', version: 2, unfinished: true, cancellable: false },
        { name: 'other', version: 10, unfinished: false, cancellable: true },
      ]);
    },
  },
];
