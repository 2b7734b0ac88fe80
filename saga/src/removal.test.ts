import type { Kysely } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import { type BenchTables, openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { defineSaga } from './index.ts';

const DAY = 86_400_000;

/** A saga that is kept for a day; its hook notes which ids went, in the transaction that removes them. */
function createKept(onRemove?: (ids: readonly string[]) => void) {
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
      onRemove?.(ids);
    },
  });
}
const notesOf = async (store: { read: Kysely<BenchTables> }) =>
  (await store.read.selectFrom('notes').select('text').orderBy('text').execute()).map(({ text }) => text);

describe('retention', () => {
  test('When a saga ended long enough ago, Then it goes with its events and the rows of the caller', async () => {
    await using bench = openBench();
    const saga = createKept();
    const host = await bench.openHost([saga as never]);
    await host.run(saga as never, 'waits', 'old');
    await settled(host.sagas.signal('old', 'approval', 'yes'));
    await host.untilEnded('old');
    vi.setSystemTime(Date.now() + DAY / 2);
    await host.run(saga as never, 'input', 'young');
    await host.run(saga as never, 'waits', 'waiting');
    vi.setSystemTime(Date.now() + DAY / 2 + 1_000);

    await settled(host.sagas.removeEnded());

    expect(await host.sagas.find('old')).toBeUndefined();
    expect(await host.find('young')).toMatchObject({ status: 'completed' });
    expect(await host.store.read.selectFrom('saga_events').selectAll().execute()).toEqual([]);
    expect(await notesOf(host.store)).toEqual(['old']);

    vi.setSystemTime(Date.now() + 10 * DAY);
    await settled(host.sagas.removeEnded());
    expect(await notesOf(host.store)).toEqual(['old', 'young']);
    expect(await host.find('waiting')).toMatchObject({ status: 'waiting' });
  });

  test('When the hook throws, Then nothing of that batch goes', async () => {
    await using bench = openBench();
    let isBroken = true;
    const saga = createKept(() => {
      if (isBroken) throw new RangeError('the hook fails');
    });
    const host = await bench.openHost([saga as never]);
    await host.run(saga as never, 'input');
    vi.setSystemTime(Date.now() + 2 * DAY);

    await expect(settled(host.sagas.removeEnded())).rejects.toThrow(RangeError);
    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(await notesOf(host.store)).toEqual([]);

    isBroken = false;
    await settled(host.sagas.removeEnded());
    expect(await host.sagas.find('saga-1')).toBeUndefined();
  });

  test('When many have ended, Then they go in batches, without being asked', async () => {
    await using bench = openBench();
    const batches: number[] = [];
    const saga = createKept((ids) => batches.push(ids.length));
    const first = await bench.openHost([saga as never]);
    const ids = Array.from({ length: 230 }, (_, index) => `saga-${index}`);
    const starting = ids.map((id) => first.sagas.start(saga as never, { id, input: 'input' } as never));
    const handles = await settled(Promise.all(starting));
    await settled(Promise.all(handles.map((handle) => handle.rested())));
    vi.setSystemTime(Date.now() + 2 * DAY);

    const second = await bench.openHost([saga as never], { recover: true });
    await until('all have gone', async () => (await second.sagas.list()).items.length === 0);

    expect(batches).toEqual([100, 100, 30]);
  });

  test('When a saga says nothing of it, Then it is kept', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A');
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    vi.setSystemTime(Date.now() + 10_000 * DAY);

    await settled(host.sagas.removeEnded());

    expect(await host.find()).toMatchObject({ status: 'completed' });
  });
});
