import type { Kysely } from 'kysely';
import { expect, test, vi } from 'vitest';
import { type BenchTables, openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { note, notesOf } from '../test/notes.ts';
import { type AnySaga, defineSaga } from './index.ts';
import { insertSaga } from './log.ts';
import type { SagaRecord } from './record.ts';
import { sagasIn } from './tables.ts';
import { newSagaRecord } from './transitions.ts';

const DAY_MS = 86_400_000;

const ended = (id: string, ageMs: number, change: Partial<SagaRecord> = {}): SagaRecord => ({
  ...newSagaRecord({ id, name: 'letters', version: 1, input: 'input', trace: null, at: Date.now() - ageMs }),
  status: 'completed',
  dueAt: null,
  ...change,
});

type OnRemove = (tables: Kysely<BenchTables>, ids: readonly string[]) => Promise<void>;

/** Definitions of which only the first has a retention. */
function define(onRemove: OnRemove = async () => {}): AnySaga[] {
  const world = createWorld();
  const letters = { ...world.letters('A'), retentionMs: 90 * DAY_MS, onRemove };
  return [letters as never, world.letters('A', {}, { version: 2 }), { ...world.letters('A'), name: 'kept' }];
}

test('When sagas ended longer ago than their definition keeps them, Then they are removed, and no others', async () => {
  await using bench = openBench();
  const host = await bench.openHost(define());
  const old = 91 * DAY_MS;
  const records = [
    ...(['completed', 'failed', 'compensated', 'cancelled'] as const).map((status) => ended(status, old, { status })),
    ended('young', 89 * DAY_MS),
    ended('of another version', old, { version: 2 }),
    ended('of another name', old, { name: 'kept' }),
    ended('stuck', old, { status: 'stuck', dueAt: Date.now() + DAY_MS }),
    ended('waiting', old, { status: 'waiting', wakeAt: Date.now() + DAY_MS }),
    ended('paused', old, { status: 'paused' }),
  ];
  await host.store.transaction(async (tables) => {
    for (const record of records) await insertSaga(sagasIn(tables), record);
    for (const saga_id of ['completed', 'young']) {
      await tables
        .insertInto('saga_events')
        .values({ saga_id, name: 'approval', dedupe_key: null, payload: 'null', created_at: 0 })
        .execute();
    }
  });

  await host.sagas.removeEnded();

  const { items } = await host.sagas.list();
  expect(new Set(items.map(({ id }) => id))).toEqual(
    new Set(['young', 'of another version', 'of another name', 'stuck', 'waiting', 'paused']),
  );
  const events = await host.store.read.selectFrom('saga_events').select('saga_id').execute();
  expect(events).toEqual([{ saga_id: 'young' }]);
});

test('When there are many, Then they go in small batches, each in one transaction with what the hook writes', async () => {
  await using bench = openBench();
  let calls = 0;
  const definitions = define(async (tables, ids) => {
    calls += 1;
    await note(tables, `${ids.length} are gone`);
    if (calls === 3) throw new Error('the hook fails');
  });
  const host = await bench.openHost(definitions);
  await host.store.transaction(async (tables) => {
    for (let index = 0; index < 250; index += 1) await insertSaga(sagasIn(tables), ended(`${index}`, 91 * DAY_MS));
  });

  await expect(host.sagas.removeEnded()).rejects.toThrow('the hook fails');
  expect((await host.sagas.list({ limit: 200 })).items).toHaveLength(50);
  expect(await notesOf(host.store)).toEqual(['100 are gone', '100 are gone']);
  await host.sagas.removeEnded();

  expect((await host.sagas.list()).items).toEqual([]);
  expect(await notesOf(host.store)).toEqual(['100 are gone', '100 are gone', '50 are gone']);
});

test('When a process recovers sagas, Then it removes them by itself', async () => {
  await using bench = openBench();
  const host = await bench.openHost([]);
  await host.store.transaction((tables) => insertSaga(sagasIn(tables), ended('old', 91 * DAY_MS)));

  const next = await bench.openHost(define(), { recover: true });
  await settled(next.sagas.close());

  expect(await next.sagas.find('old')).toBeUndefined();
});

/** A saga that is kept for a day; its hook notes which ids went, in the transaction that removes them. */
function createKept() {
  const A = createWorld().step('A');
  return defineSaga<string, string, string, BenchTables>('kept', {
    steps: [A],
    retention: '1d',
    async run(saga, input) {
      await saga.step(A, input);
      if (input === 'waits') await saga.waitFor('approval', { timeout: '30d' });
      return 'done';
    },
    async onRemove(tables: Kysely<BenchTables>, ids) {
      await tables
        .insertInto('notes')
        .values(ids.map((text) => ({ text })))
        .execute();
    },
  });
}

test('When a real saga ended long enough ago, Then it goes with its events and the hook writes which', async () => {
  await using bench = openBench();
  const saga = createKept();
  const host = await bench.openHost([saga as never]);
  await host.run(saga as never, 'waits', 'old');
  await settled(host.sagas.signal('old', 'approval', 'yes'));
  await host.untilEnded('old');
  vi.setSystemTime(Date.now() + DAY_MS / 2);
  await host.run(saga as never, 'input', 'young');
  await host.run(saga as never, 'waits', 'waiting');
  vi.setSystemTime(Date.now() + DAY_MS / 2 + 1_000);

  await settled(host.sagas.removeEnded());

  expect(await host.sagas.find('old')).toBeUndefined();
  expect(await host.find('young')).toMatchObject({ status: 'completed' });
  expect(await host.store.read.selectFrom('saga_events').selectAll().execute()).toEqual([]);
  expect(await notesOf(host.store)).toEqual(['old']);

  vi.setSystemTime(Date.now() + 10 * DAY_MS);
  await settled(host.sagas.removeEnded());
  expect(await notesOf(host.store)).toEqual(['old', 'young']);
  expect(await host.find('waiting')).toMatchObject({ status: 'waiting' });
});
