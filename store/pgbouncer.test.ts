import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Migration, openStore, prepareQuery, valuesOf } from './src/index.ts';
import { type PgBouncer, type PostgresServer, startPgBouncer, startPostgresServer } from './testing/index.ts';
import { type NotesTables, note, noteOnce, notesMigrations, textsIn } from './testing/notes.ts';

const migrations: Record<string, Migration> = {
  ...notesMigrations,
  '002-index': {
    up: async () => {},
    indexes: (schema) => [schema.createIndex('notes_text').on('notes').column('text')],
  },
};
// Otherwise it looks for a server that was away for a moment only 15 s later, which docs/scaling.md tells to change.
const LOOK_AGAIN = { server_login_retry: 1 };

let server: PostgresServer;
let pooler: PgBouncer;
beforeAll(async () => {
  server = await startPostgresServer();
  pooler = await startPgBouncer(server.urlOf('postgres'), LOOK_AGAIN);
}, 30_000);
afterAll(async () => {
  await pooler?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Opens the database as several processes at once do. */
async function openAll(name: string, count: number) {
  await server.createDatabase(name);
  return Promise.all(Array.from({ length: count }, () => openStore<NotesTables>(pooler.urlOf(name), { migrations })));
}

test('When several processes open an empty database at once, Then each migration runs once and the index is built', async () => {
  const stores = await openAll('opening', 3);

  await stores[0]?.transaction(note(1, 'one'));
  for (const { read } of stores) expect(await textsIn(read)).toEqual(['one']);
  const { rows } = await sql`select indisvalid from pg_index where indexrelid = 'notes_text'::regclass`.execute(
    stores[0]?.read as Kysely<NotesTables>,
  );
  expect(rows).toEqual([{ indisvalid: true }]);
  await Promise.all(stores.map(({ close }) => close()));
});

test('When transactions of one subject come from two processes, Then they run one after another', async () => {
  const stores = await openAll('subjects', 2);
  const countUp = async (tables: Kysely<NotesTables>) => note((await textsIn(tables)).length)(tables);

  await Promise.all(
    stores.flatMap(({ transaction }) =>
      Array.from({ length: 20 }, () => transaction(countUp, { subject: 'a counter' })),
    ),
  );

  expect(await textsIn(stores[0]?.read as Kysely<NotesTables>)).toHaveLength(40);
  await Promise.all(stores.map(({ close }) => close()));
});

test('When more transactions than connections run, Then each is whole and has its timeouts, and none outlives it', async () => {
  const stores = await openAll('timeouts', 3);
  const limit = sql<{ ms: string }>`select current_setting('statement_timeout') as ms`;
  const limitIn = async (tables: Kysely<NotesTables>) => (await limit.execute(tables)).rows[0]?.ms;

  const limits = await Promise.all(
    Array.from({ length: 90 }, (_, id) =>
      stores[id % 3]
        ?.transaction(async (tables) => {
          await note(id * 2)(tables);
          if (id % 3 === 0) throw new Error('no');
          await note(id * 2 + 1)(tables);
          return limitIn(tables);
        })
        .catch(({ message }: Error) => message),
    ),
  );

  expect(limits).toEqual(Array.from({ length: 90 }, (_, id) => (id % 3 === 0 ? 'no' : '3s')));
  for (const { read, ping } of stores) {
    expect(await textsIn(read)).toHaveLength(120);
    expect(await limitIn(read)).toBe('0');
    await ping();
  }
  await Promise.all(stores.map(({ close }) => close()));
});

test('When prepared queries of several processes meet on lent connections, Then each runs, and none is lost', async () => {
  const insert = prepareQuery<NotesTables, NotesTables['notes']>((tables, value) =>
    tables.insertInto('notes').values(valuesOf(value, ['id', 'text'])),
  );
  const find = prepareQuery<NotesTables, { id: number }, { text: string }>((tables, value) =>
    tables.selectFrom('notes').select('text').where('id', '=', value('id')),
  );
  const stores = await openAll('prepared', 3);

  const found = await Promise.all(
    Array.from({ length: 90 }, (_, id) =>
      stores[id % 3]?.transaction(async (tables) => {
        await insert(tables, { id, text: `note ${id}` });
        return (await find(tables, { id })).rows;
      }),
    ),
  );

  expect(found).toEqual(Array.from({ length: 90 }, (_, id) => [{ text: `note ${id}` }]));
  expect(await textsIn(stores[0]?.read as Kysely<NotesTables>)).toHaveLength(90);
  await Promise.all(stores.map(({ close }) => close()));
});

test('When the server crashes behind it and comes back, Then no transaction is lost and no caller sees it', async () => {
  const [store] = await openAll('outage', 1);
  await store?.ping();
  const writing = Promise.all(
    Array.from({ length: 200 }, (_, id) => store?.transaction(noteOnce(id, 'x'), { repeatable: true })),
  );
  await server.stop('immediate');
  await server.start();

  await writing;

  await store?.ping();
  expect(await textsIn(store?.read as Kysely<NotesTables>)).toHaveLength(200);
  await store?.close();
}, 30_000);
