import { overPostgres } from 'durable-store/testing';
import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type BenchTables, type Host, openBench, settled, until } from '../test/bench.ts';
import { createGated } from '../test/gated.ts';
import { createWorld } from '../test/letters.ts';
import { createOnOutcome, note, notesOf } from '../test/notes.ts';
import { LeaseLost } from './errors.ts';
import type { SagaDefinition, SagaRecord } from './index.ts';
import { createRunWriter } from './write-together.ts';

type Letters = SagaDefinition<string, unknown, string>;

const NOTHING_BESIDE = { consumed: [], children: [], beginning: undefined };
const IDS = Array.from({ length: 20 }, (_, index) => `saga-${index + 10}`);
const MIDDLE = 'saga-20';
const OTHERS = IDS.filter((id) => id !== MIDDLE);

/** Starts all at once; the one in the middle does something else in its transaction where that is given. */
const startAll = (
  host: Host,
  saga: Letters,
  {
    ofMiddle,
    subject,
  }: { ofMiddle?: (tables: Kysely<BenchTables>) => Promise<void>; subject?: (id: string) => string } = {},
) =>
  IDS.map((id) =>
    settled(
      host.sagas.start(saga, {
        id,
        input: `of ${id}`,
        secret: 'canary',
        subject: subject?.(id),
        inTransaction: (tables: Kysely<BenchTables>) =>
          id === MIDDLE && ofMiddle ? ofMiddle(tables) : note(tables, `begun ${id}`),
      } as never),
    ),
  );

const endOf = async (starting: ReturnType<typeof startAll>[number]): Promise<SagaRecord> =>
  settled((await starting).rested());

const beginnings = (ids: readonly string[]) => ids.map((id) => `begun ${id}`);

describe('sagas that write at the same time', () => {
  test('When twenty run at once, Then each has its own rows and outcome, and over a server they share transactions', async () => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('AB'), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let transactions = 0;
    host.store.transaction = (work, options) => {
      transactions += 1;
      return transaction(work, options);
    };

    const records = await Promise.all(startAll(host, saga).map(endOf));

    expect(records).toMatchObject(IDS.map((id) => ({ id, status: 'completed', input: `of ${id}` })));
    expect(await Promise.all(IDS.map((id) => host.find(id)))).toEqual(records);
    const outcomes = IDS.map(() => 'completed');
    expect((await notesOf(host.store)).toSorted()).toEqual([...beginnings(IDS), ...outcomes].toSorted());
    // Three writes each.
    if (overPostgres()) expect(transactions).toBeLessThan(IDS.length);
    else expect(transactions).toBe(3 * IDS.length);
  });

  test('When a hook of one throws, Then that one does not begin, and the others are as if it had never been', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('AB');
    const host = await bench.openHost([saga]);

    const starting = startAll(host, saga, {
      async ofMiddle(tables) {
        await note(tables, 'never');
        throw new RangeError('taken');
      },
    });
    const ended = await Promise.allSettled(starting.map(endOf));

    expect(ended[IDS.indexOf(MIDDLE)]).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
    expect(await host.sagas.find(MIDDLE)).toBeUndefined();
    for (const id of OTHERS) expect(await host.find(id)).toMatchObject({ status: 'completed' });
    expect((await notesOf(host.store)).toSorted()).toEqual(beginnings(OTHERS));
  });

  test('When a statement of one fails, Then the others begin, each with its rows once', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('AB');
    const host = await bench.openHost([saga]);

    const starting = startAll(host, saga, {
      ofMiddle: async (tables) =>
        void (await tables
          .insertInto('nothing' as 'notes')
          .values({ text: 'x' })
          .execute()),
    });
    const ended = await Promise.allSettled(starting.map(endOf));

    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await host.sagas.find(MIDDLE)).toBeUndefined();
    expect((await notesOf(host.store)).toSorted()).toEqual(beginnings(OTHERS));
  });

  test('When the id of one is taken, Then its caller gets the saga that has it, and the others begin', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A');
    const first = await bench.openHost([saga]);
    const taken = await first.run(saga, 'earlier', MIDDLE);
    const host = await bench.openHost([saga]);

    const records = await Promise.all(startAll(host, saga).map(endOf));

    expect(records[IDS.indexOf(MIDDLE)]).toEqual(taken);
    expect((await notesOf(host.store)).toSorted()).toEqual(beginnings(OTHERS));
    for (const id of OTHERS) expect(await host.find(id)).toMatchObject({ status: 'completed', input: `of ${id}` });
  });

  test('When one has lost its lease, Then it writes nothing, and what the others write with it is kept', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    const handles = await Promise.all(startAll(host, saga));
    await until('all are at A', () => gates.length === IDS.length);
    await host.store.transaction((tables) =>
      tables.updateTable('sagas').set({ fence: 7, worker: 'another' }).where('id', '=', MIDDLE).execute(),
    );
    const before = await host.find(MIDDLE);

    for (const gate of gates) gate.resolve('done');
    const records = await Promise.all(handles.map((handle) => settled(handle.rested())));

    expect(await host.find(MIDDLE)).toEqual(before);
    expect(records.filter(({ status }) => status === 'completed').map(({ id }) => id)).toEqual(OTHERS);
    expect(host.lines.filter((line) => line.includes('another worker or an operator has this saga'))).toHaveLength(1);
  });

  test('When a run that was superseded writes beside the one that has its saga now, Then it is told that it lost it', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    await settled(host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    await until('it is at A', () => gates.length === 1);
    const superseded = await host.find();
    await host.store.transaction((tables) => tables.updateTable('sagas').set({ fence: 7 }).execute());
    const current = await host.find();
    const write = createRunWriter({ store: host.store, clock: { now: () => Date.now() }, worker: 'worker' } as never);
    const writeOf = (before: SagaRecord) => write(saga as never, { ...NOTHING_BESIDE, before, staged: before });

    const [old, now] = await Promise.allSettled([writeOf(superseded), writeOf(current)]);

    expect(old).toMatchObject({ status: 'rejected', reason: expect.any(LeaseLost) });
    expect(now).toMatchObject({ status: 'fulfilled', value: { fence: 7, revision: current.revision + 1 } });
  });

  test('When the response to a commit is lost, Then no hook is called again and each goes on from what is on disk', async () => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('AB'), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    // As a store that retries what may have been committed.
    host.store.transaction = async (work, options) => {
      await transaction(work, options);
      return transaction(work, options);
    };

    const records = await Promise.all(startAll(host, saga).map(endOf));

    expect(records).toMatchObject(IDS.map((id) => ({ id, status: 'completed' })));
    const outcomes = IDS.map(() => 'completed');
    expect((await notesOf(host.store)).toSorted()).toEqual([...beginnings(IDS), ...outcomes].toSorted());
  });

  test('When beginnings write the same things, Then they do so in the order of their subjects', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A');
    const host = await bench.openHost([saga]);

    await Promise.all(startAll(host, saga, { subject: (id) => String(100 - Number(id.slice(5))) }).map(endOf));

    const inOrder = overPostgres() ? IDS.toReversed() : IDS;
    expect(await notesOf(host.store)).toEqual(beginnings(inOrder));
  });
});
