import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/index.ts';
import type { Migration } from './migration.ts';
import { openStore } from './open-store.ts';

interface Tables {
  notes: { id: number };
}

function countingMigrations() {
  const ran: string[] = [];
  const step = (name: string, up: (db: Kysely<unknown>) => Promise<void>): Migration => ({
    up: async (db) => {
      ran.push(name);
      await up(db);
    },
  });
  const first = step('first', (db) => db.schema.createTable('notes').addColumn('id', 'integer').execute());
  const second = step('second', (db) => db.schema.alterTable('notes').addColumn('text', 'text').execute());
  return { ran, first, second, step };
}

test('When a store is opened again and again, Then each migration runs once, in the order of their names', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'missing/folders/x.db')}`;
  const { ran, first, second } = countingMigrations();

  await (await openStore(url, { migrations: { '001': first } })).close();
  await (await openStore(url, { migrations: { '002': second, '001': first } })).close();
  await (await openStore(url, { migrations: { '001': first, '002': second } })).close();

  expect(ran).toEqual(['first', 'second']);
});

test('When a migration fails, Then opening fails with its error and nothing of it stays', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'x.db')}`;
  const { ran, first, step } = countingMigrations();
  const broken = step('broken', async (db) => {
    await db.schema.createTable('half').addColumn('id', 'integer').execute();
    throw new Error('the column is taken');
  });

  await expect(openStore(url, { migrations: { '001': first, '002': broken } })).rejects.toThrow('the column is taken');

  const database = await openStore<Tables>(url, { migrations: { '001': first } });
  expect((await database.read.introspection.getTables()).map(({ name }) => name)).not.toContain('half');
  expect(ran.filter((name) => name === 'broken')).toEqual(['broken']);
  await database.close();
});

test('When the store is open, Then a ping resolves; when it is closed, Then a ping rejects', async () => {
  using folder = temporaryFolder();
  const database = await openStore(`sqlite:${join(folder.path, 'x.db')}`, { migrations: {} });

  await database.ping();
  await database.close();

  await expect(database.ping()).rejects.toThrow();
});

test('When the file is no database, Then opening fails', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'x.db');
  writeFileSync(file, 'this is a text and not a database, and long enough to be looked at\n'.repeat(40));

  await expect(openStore(`sqlite:${file}`, { migrations: {} })).rejects.toThrow(/not a database/);
});

test('When a migration is added whose name comes before those that have run, Then it runs', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'x.db')}`;
  const { ran, first, second } = countingMigrations();

  await (await openStore(url, { migrations: { 'service-001': first } })).close();
  await (await openStore(url, { migrations: { 'library-001': second, 'service-001': first } })).close();

  expect(ran).toEqual(['first', 'second']);
});

test('When a later release has added to the store, Then an earlier one opens it and works, and the later one goes on', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'x.db')}`;
  const { ran, first, second } = countingMigrations();
  await (
    await openStore(url, { migrations: { '001': first, '002-next': second, 'library-001': { up: async () => {} } } })
  ).close();

  const earlier = await openStore<Tables>(url, { migrations: { '001': first } });
  await earlier.transaction((tables) => tables.insertInto('notes').values({ id: 1 }).execute());
  await earlier.close();
  await (await openStore(url, { migrations: { '001': first, '002-next': second, 'library-001': second } })).close();

  expect(ran).toEqual(['first', 'second']);
});

test.each(['', 'sqlite:', 'mysql://someone:secretive@host/x', './data/x.db', 'memory:x'])(
  'When the URL is %j, Then it is refused without being repeated',
  async (url) => {
    const opening = openStore(url, { migrations: {} });

    await expect(opening).rejects.toMatchObject({ code: 'store_url_invalid' });
    await expect(opening).rejects.toThrow(/^(?!.*secretive)/s);
  },
);

const CHILD = `
const { openStore } = await import(process.env.STORE_MODULE);
const database = await openStore(process.env.STORE, {
  migrations: { '001': { up: (db) => db.schema.createTable('notes').addColumn('id', 'integer').execute() } },
});
for (let id = 1; ; id += 1) {
  await Promise.all([0, 0.5].map((half) => database.transaction((tables) =>
    tables.insertInto('notes').values({ id: id * 2 + half * 2 }).execute())));
  process.stdout.write(id * 2 + 1 + '\\n');
}`;

test('When the process is killed while it writes, Then everything it had reported is there', {
  timeout: 20_000,
}, async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'x.db');
  const env = {
    ...process.env,
    STORE: `sqlite:${file}`,
    STORE_MODULE: new URL('open-store.ts', import.meta.url).href,
  };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let reported = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    reported = Number(line);
    if (reported >= 201) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(existsSync(`${file}-wal`)).toBe(true);

  const database = await openStore<Tables>(`sqlite:${file}`, { migrations: { '001': countingMigrations().first } });
  const ids = new Set((await database.read.selectFrom('notes').select('id').execute()).map(({ id }) => id));
  await database.close();

  for (let id = 2; id <= reported; id += 1) expect(ids).toContain(id);
});
