import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../testing/index.ts';
import { startCommitSwallower } from '../testing/network.ts';
import { notesMigrations as migrations, type NotesTables, note, noteOnce, textsIn } from '../testing/notes.ts';
import { openStore } from './open-store.ts';

let server: PostgresServer;
let swallower: Awaited<ReturnType<typeof startCommitSwallower>>;

beforeAll(async () => {
  server = await startPostgresServer();
  swallower = await startCommitSwallower(server.urlOf('postgres'));
}, 30_000);

afterAll(async () => {
  swallower?.[Symbol.dispose]();
  await server?.[Symbol.asyncDispose]();
});

/** @returns the URL of a new database, by way of the swallower */
async function newDatabase(name: string): Promise<string> {
  await server.createDatabase(name);
  return Object.assign(new URL(swallower.url), { pathname: `/${name}` }).href;
}

test('When the response to a commit is lost and the work is repeatable, Then it is retried', async () => {
  const store = await openStore<NotesTables>(await newDatabase('repeatable'), { migrations });
  const before = swallower.state.swallowed;
  swallower.state.swallow = true;

  await store.transaction(noteOnce(1, 'one'), { repeatable: true });

  expect(swallower.state.swallowed - before).toBe(1);
  expect(await textsIn(store.read)).toEqual(['one']);
  await store.close();
});

test('When the response to a commit is lost and the work is not repeatable, Then it runs once and is rejected', async () => {
  const store = await openStore<NotesTables>(await newDatabase('once'), { migrations });
  const before = swallower.state.swallowed;
  let runs = 0;
  swallower.state.swallow = true;

  const unknown = store.transaction((tables) => {
    runs += 1;
    return note(runs)(tables);
  });

  await expect(unknown).rejects.toMatchObject({ code: 'store_unavailable' });
  expect([swallower.state.swallowed - before, runs]).toEqual([1, 1]);
  await store.close();
});
