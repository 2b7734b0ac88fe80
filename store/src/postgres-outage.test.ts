import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { waitUntil } from '../testing/index.ts';
import { startNetwork } from '../testing/network.ts';
import { notesMigrations as migrations, type NotesTables, note, noteOnce, textsIn } from '../testing/notes.ts';
import { postgresForFile } from '../testing/postgres-for-file.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

const postgres = postgresForFile();
const { newDatabase } = postgres;
const open = (url: string, poolSize?: number) => openStore<NotesTables>(url, { migrations, poolSize });
const isReady = (store: Store<NotesTables>) =>
  store.ping().then(
    () => true,
    () => false,
  );

test('When no server responds, Then opening fails and says no more than that', async () => {
  const failure = open('postgres://someone:secretive@127.0.0.1:1/x');

  await expect(failure).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(failure).rejects.toThrow(/^(?!.*secretive)/s);
});

test('When the server crashes under transactions and comes back, Then none is lost and no caller sees it', async () => {
  const store = await open(await newDatabase(), 4);
  await store.ping();
  const writing = Promise.all(
    Array.from({ length: 200 }, (_, id) => store.transaction(noteOnce(id, 'x'), { repeatable: true })),
  );
  await postgres.server.stop('immediate');
  // Transactions wait for the server, so the process is still ready.
  await store.ping();
  await postgres.server.start();

  await writing;

  await store.ping();
  expect(await textsIn(store.read)).toHaveLength(200);
  await store.close();
}, 30_000);

test('When the server is away for longer than transactions wait for it, Then the ping fails, until it is back', async () => {
  const store = await open(await newDatabase());
  await store.ping();
  await postgres.server.stop('immediate');
  const stoppedAt = performance.now();
  await waitUntil('it is not ready', async () => !(await isReady(store)));
  expect(performance.now() - stoppedAt).toBeGreaterThan(3_000);
  await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' });
  await postgres.server.start();
  await waitUntil('it is ready', () => isReady(store));
  await store.close();
}, 30_000);

test('When the server is off its network for a while, Then connecting is retried in time', async () => {
  using network = await startNetwork(await newDatabase());
  const store = await open(network.url);
  await store.ping();

  network.goOff();
  const offAt = performance.now();
  const writing = store.transaction(note(1, 'kept'));
  await waitUntil('it was off for a while', () => performance.now() - offAt > 1_500);
  await store.ping();
  network.comeBack();

  await writing;
  expect(await textsIn(store.read)).toEqual(['kept']);
  network.cut();
  await store.close();
}, 20_000);

test('When sessions were opened while no writes were taken, Then writes fail until they are, and then succeed', async () => {
  const url = await newDatabase();
  const name = new URL(url).pathname.slice(1);
  const store = await open(url);
  await store.ping();
  await postgres.server.administer(`alter database "${name}" set default_transaction_read_only = on`);
  await postgres.server.administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);

  await expect(store.transaction(note(1, 'lost'))).rejects.toMatchObject({ code: 'store_unavailable' });
  await waitUntil('it is not ready', async () => !(await isReady(store)));

  await postgres.server.administer(`alter database "${name}" reset default_transaction_read_only`);
  await store.transaction(note(1, 'kept'));
  await store.ping();
  expect(await textsIn(store.read)).toEqual(['kept']);
  await store.close();
}, 30_000);

test.each([
  ['the disk is full', '53100'],
  ['a file cannot be written', '58030'],
])('When the server says that %s, Then StoreUnavailable', async (_what, code) => {
  const store = await open(await newDatabase());
  const failing = store.transaction((tables) =>
    sql`do ${sql.lit(`begin raise exception sqlstate '${code}'; end`)}`.execute(tables),
  );
  await expect(failing).rejects.toMatchObject({ code: 'store_unavailable' });
  await store.close();
});
