import { expect, test } from 'vitest';
import { startPostgresPair } from '../testing/index.ts';
import { notesMigrations as migrations, type NotesTables, noteOnce, textsIn } from '../testing/notes.ts';
import { openStore } from './open-store.ts';

const NOTES = 200;

test('When the primary is killed under transactions and its standby promoted, twice, Then what was written is there', async () => {
  await using pair = await startPostgresPair();
  const url = await pair.createDatabase('notes');
  const open = () => openStore<NotesTables>(url, { migrations, poolSize: 4 });
  const store = await open();
  // A promotion may take longer than a transaction waits for the server.
  const write = async (id: number): Promise<void> =>
    store
      .transaction(noteOnce(id, 'x'), { repeatable: true })
      .then(() => {})
      .catch((error: { code?: string }) => {
        if (error.code !== 'store_unavailable') throw error;
        return write(id);
      });

  for (const round of [0, 1]) {
    await store.ping();
    const writing = Promise.all(Array.from({ length: NOTES }, (_, id) => write(round * NOTES + id)));
    await pair.failOver();
    await writing;

    await store.ping();
    expect(await textsIn(store.read)).toHaveLength((round + 1) * NOTES);
    await pair.rejoin();
    // By now the standby is named first.
    if (round === 0) {
      const other = await open();
      expect(await textsIn(other.read)).toHaveLength(NOTES);
      await other.transaction(noteOnce(0, 'x'));
      await other.ping();
      await other.close();
    }
  }
  await store.close();
}, 60_000);
