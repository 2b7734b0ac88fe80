import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type BenchTables, openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { type AnySaga, defineSaga, NotPossible, SagaNotFound, StepFailed } from './index.ts';

const BY = { by: 'ops' };
const noteIn = (text: string) => async (tables: Kysely<BenchTables>) => {
  await tables.insertInto('notes').values({ text }).execute();
};
const notesOf = async (store: { read: Kysely<BenchTables> }) =>
  (await store.read.selectFrom('notes').select('text').execute()).map(({ text }) => text);

/** A saga that does A, waits for an approval and returns what came. */
function createApproval(timeout: `${number}s` = '600s') {
  const world = createWorld();
  const A = world.step('A');
  const saga = defineSaga<string, string, string, never>('approval', {
    steps: [A],
    async run(it) {
      await it.step(A, '');
      return it.waitFor<string>('approval', { timeout });
    },
  });
  return { ...world, saga };
}

describe('an event', () => {
  test('When the saga waits for it, Then it goes on with the payload within a second, on another replica too', async () => {
    await using bench = openBench();
    const { saga } = createApproval();
    const sender = await bench.openHost([]);
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    const sent = Date.now();

    await settled(sender.sagas.signal('saga-1', 'approval', 'yes'));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'yes' });
    expect(Date.now() - sent).toBeLessThan(1_000);
  });

  test('When it comes before the saga waits, Then it is kept', async () => {
    await using bench = openBench();
    const { saga } = createApproval();
    const host = await bench.openHost([saga], { recover: true });
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    const sent = host.sagas.signal('saga-1', 'approval', 'early');

    expect(await settled(sent)).toBe(true);
    await settled(handle.rested());
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'early' });
  });

  test('When it comes after the function has looked and before the saga is parked, Then it wakes the saga', async () => {
    await using bench = openBench();
    const { saga } = createApproval();
    const host = await bench.openHost([saga], { recover: true });
    const { transaction } = host.store;
    let isSent = false;
    host.store.transaction = async (work, options) => {
      const { steps } = (await host.sagas.find('saga-1')) ?? { steps: [] };
      if (steps[0]?.status === 'running' && !isSent) {
        isSent = true;
        await transaction(async (tables) => {
          const row = {
            saga_id: 'saga-1',
            name: 'approval',
            dedupe_key: null,
            payload: '"just"',
            created_at: Date.now(),
          };
          await tables.insertInto('saga_events').values(row).execute();
        });
      }
      return transaction(work, options);
    };

    const record = await host.run(saga, 'input');
    expect(record).toMatchObject({ status: 'waiting', dueAt: expect.any(Number) });
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'just' });
  });

  test('When it comes twice with one key, Then it counts once', async () => {
    await using bench = openBench();
    const { saga } = createApproval();
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    const send = (payload: string) =>
      settled(
        host.sagas.signal('saga-1', 'approval', payload, { dedupeKey: 'mail 1', inTransaction: noteIn(payload) }),
      );

    expect([await send('first'), await send('second')]).toEqual([true, false]);
    await host.untilEnded();
    expect(await send('third')).toBe(false);

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'first' });
    expect(await notesOf(host.store)).toEqual(['first']);
  });

  test('When the saga has ended, Then it is refused by name and leaves nothing behind', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A');
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    const sent = host.sagas.signal('saga-1', 'approval', 'late', { inTransaction: noteIn('late') });

    await expect(settled(sent)).rejects.toMatchObject({ code: 'saga_ended', status: 'completed' });
    await expect(settled(sent)).rejects.toBeInstanceOf(NotPossible);
    expect(await notesOf(host.store)).toEqual([]);
    expect(await host.store.read.selectFrom('saga_events').selectAll().execute()).toEqual([]);
  });

  test('When no saga has the id, Then the caller is told so', async () => {
    await using bench = openBench();
    const host = await bench.openHost([]);

    await expect(settled(host.sagas.signal('nobody', 'approval'))).rejects.toBeInstanceOf(SagaNotFound);
  });

  test('When the saga is paused, Then it is kept until the saga is resumed', async () => {
    await using bench = openBench();
    const { saga } = createApproval();
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    await settled(host.sagas.pause('saga-1', BY));

    await settled(host.sagas.signal('saga-1', 'approval', 'yes'));
    expect(await host.find()).toMatchObject({ status: 'paused', dueAt: null });
    await settled(host.sagas.resume('saga-1', BY));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'yes' });
  });

  test('When it does not come in time, Then the function catches `timed_out`, and a later one does not count', async () => {
    await using bench = openBench();
    const world = createWorld();
    const caught: unknown[] = [];
    const saga = defineSaga<string, string, string, never>('approval', {
      steps: [],
      async run(it) {
        const first = await it.waitFor<string>('approval', { timeout: '1s' }).catch((error: unknown) => {
          caught.push(error);
          return 'nothing';
        });
        return `${first}, ${await it.waitFor<string>('again', { timeout: '1h' })}`;
      },
    });
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    await until('it has timed out', async () => (await host.find()).steps.length === 2);

    await settled(host.sagas.signal('saga-1', 'approval', 'late'));
    await settled(host.sagas.signal('saga-1', 'again', 'in time'));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'nothing, in time' });
    expect(caught[0]).toBeInstanceOf(StepFailed);
    expect(caught[0]).toMatchObject({ step: 'approval', code: 'timed_out' });
    expect(world.trail).toEqual([]);
  });
});

describe('many that wait', () => {
  test('When there are more than a worker runs at a time, Then a new saga completes and the last one is woken at once', async () => {
    await using bench = openBench();
    const { saga } = createApproval();
    const quick = createWorld().letters('A');
    const host = await bench.openHost([saga, quick] as AnySaga[], { recover: true });
    const ids = Array.from({ length: 150 }, (_, index) => `waits-${index}`);
    const handles = await settled(Promise.all(ids.map((id) => host.sagas.start(saga, { id, input: '' }))));
    await settled(Promise.all(handles.map((handle) => handle.rested())));
    const begun = Date.now();

    expect(await host.run(quick, 'input', 'new')).toMatchObject({ status: 'completed' });
    await settled(host.sagas.signal('waits-149', 'approval', 'yes'));
    await host.untilEnded('waits-149');

    expect(Date.now() - begun).toBeLessThan(1_000);
    expect((await host.sagas.list({ status: 'waiting', limit: 200 })).items).toHaveLength(149);
  });
});
