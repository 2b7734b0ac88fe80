import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { notesMigrations as migrations, type NotesTables, note, textsIn } from '../testing/notes.ts';
import { postgresForFile } from '../testing/postgres-for-file.ts';
import { openStore } from './open-store.ts';

const { newDatabase } = postgresForFile();
const open = (url: string, poolSize?: number) => openStore<NotesTables>(url, { migrations, poolSize });

/** A transaction that has written note 1 and does not end before it is told to. */
async function openTransaction(store: Awaited<ReturnType<typeof open>>, subject?: string) {
  const proceed = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const ended = store.transaction(
    async (tables) => {
      await note(1, 'first')(tables);
      begun.resolve();
      await proceed.promise;
      await note(2, 'late')(tables);
    },
    subject === undefined ? {} : { subject },
  );
  ended.catch(() => {});
  await begun.promise;
  return { ended, proceed: proceed.resolve };
}

describe('opening', () => {
  test('When several processes open an empty database at once, Then each migration runs once', async () => {
    const url = await newDatabase();

    const opened = await Promise.all(Array.from({ length: 6 }, () => open(url)));

    await opened[0]?.transaction(note(1, 'one'));
    for (const store of opened) expect(await textsIn(store.read)).toEqual(['one']);
    expect(opened.map(({ shared }) => shared)).toEqual(Array(6).fill(true));
    await Promise.all(opened.map(({ close }) => close()));
  });

  test('When a later release has added to the store, Then an earlier one opens it and works', async () => {
    const url = await newDatabase();
    const added = { up: (db: Kysely<unknown>) => db.schema.alterTable('notes').addColumn('later', 'text').execute() };
    const later = { ...migrations, '006-next': added };

    const opened = await Promise.all(
      [later, migrations, later, migrations].map((all) => openStore<NotesTables>(url, { migrations: all })),
    );

    await opened[1]?.transaction(note(1, 'of the earlier one'));
    for (const store of opened) expect(await textsIn(store.read)).toEqual(['of the earlier one']);
    await Promise.all(opened.map(({ close }) => close()));
  });

  test('When a dump holds a table, Then a migration waits for it and no other work waits for the migration', async () => {
    const url = await newDatabase();
    const store = await open(url);
    const dump = await openTransaction(store);
    const added = { up: (db: Kysely<unknown>) => db.schema.alterTable('notes').addColumn('later', 'text').execute() };
    let hasMigrated = false;
    const migrated = openStore<NotesTables>(url, { migrations: { ...migrations, '006-next': added } }).then(
      (opened) => {
        hasMigrated = true;
        return opened;
      },
    );

    const tookMs: number[] = [];
    const began = performance.now();
    while (performance.now() - began < 2_000) {
      const asked = performance.now();
      await textsIn(store.read);
      tookMs.push(performance.now() - asked);
    }
    expect(hasMigrated).toBe(false);
    expect(Math.max(...tookMs)).toBeLessThan(1_500);

    dump.proceed();
    await dump.ended;
    await (await migrated).close();
    await store.close();
  });

  test('When a migration fails, Then opening fails with its error and nothing of it stays', async () => {
    const url = await newDatabase();
    const broken = {
      ...migrations,
      '002': {
        up: async (db: Kysely<unknown>) => {
          await db.schema.createTable('half').addColumn('id', 'integer').execute();
          throw new Error('the column is taken');
        },
      },
    };

    await expect(openStore(url, { migrations: broken })).rejects.toThrow('the column is taken');

    const store = await open(url);
    expect((await store.read.introspection.getTables()).map(({ name }) => name)).not.toContain('half');
    await store.close();
  });
});

describe('a transaction', () => {
  test('When its work throws, Then nothing of it stays and the connection is used again', async () => {
    const store = await open(await newDatabase(), 1);

    const failing = store.transaction(async (tables) => {
      await note(1, 'lost')(tables);
      throw new Error('no');
    });

    await expect(failing).rejects.toThrow('no');
    await store.transaction(note(1, 'kept'));
    expect(await textsIn(store.read)).toEqual(['kept']);
    await store.close();
  });

  test('When its work proceeds after a statement that failed, Then it is not taken for committed', async () => {
    const store = await open(await newDatabase());

    const swallowing = store.transaction(async (tables) => {
      await note(1)(tables);
      await note(1)(tables).catch(() => {});
    });

    await expect(swallowing).rejects.toThrow('a statement of the transaction had failed');
    expect(await textsIn(store.read)).toEqual([]);
    await store.close();
  });

  test('When others have the same subject, Then they run one after another, also from another process', async () => {
    const url = await newDatabase();
    const [first, second] = [await open(url), await open(url)];
    const countUp = async (tables: Kysely<NotesTables>) => note((await textsIn(tables)).length)(tables);

    await Promise.all(
      Array.from({ length: 40 }, (_, at) => (at % 2 ? first : second).transaction(countUp, { subject: 'the counter' })),
    );

    expect(await textsIn(first.read)).toHaveLength(40);
    await Promise.all([first.close(), second.close()]);
  });

  test('When the process that holds a subject stops responding, Then it is cut off and the next one proceeds', async () => {
    const store = await open(await newDatabase());
    const silent = await openTransaction(store, 'a subject');

    await store.transaction(note(1, 'next'), { subject: 'a subject' });
    expect(await textsIn(store.read)).toEqual(['next']);
    // Work that is retried would find the next one's note in its way; here it is enough that it does not proceed.
    await store.transaction(note(2, 'taken'));
    silent.proceed();
    await expect(silent.ended).rejects.toThrow();
    expect(await textsIn(store.read)).toEqual(['next', 'taken']);
    await store.close();
  }, 20_000);
});

describe('the pool', () => {
  test('When every connection is at work, Then a ping still asks the server at once', async () => {
    const store = await open(await newDatabase(), 2);
    const working = await openTransaction(store);
    const waiting = store.transaction(note(3, 'waiting'));

    await store.ping();

    working.proceed();
    await Promise.all([working.ended, waiting]);
    expect(await textsIn(store.read)).toEqual(['first', 'late', 'waiting']);
    await store.close();
  });

  test('When many want a connection, Then no more than the pool has are open', async () => {
    const store = await open(await newDatabase(), 3);
    const connections = sql<{ count: number }>`
      select count(*) as count from pg_stat_activity where datname = current_database()`;

    const seen = await Promise.all(
      Array.from({ length: 30 }, () =>
        store.transaction(async (tables) => (await connections.execute(tables)).rows[0]?.count),
      ),
    );

    // The connection of the migrations may still be closing.
    expect(Math.max(...seen.map(Number))).toBeLessThanOrEqual(4);
    expect(seen.every((count) => typeof count === 'number')).toBe(true);
    await store.close();
  });
});
