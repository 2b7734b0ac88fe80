import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { createGroupCommit } from './group-commit.ts';
import { isBusy } from './sqlite-failure.ts';
import { kyselyOver } from './sqlite-kysely.ts';
import { scrubFile } from './sqlite-scrub.ts';
import type { Store } from './store.ts';
import { StoreUnavailable } from './store-errors.ts';

// A wait inside SQLite blocks the event loop, so it is kept far below 50 ms and the patience is kept outside of it.
const BUSY_WAIT_MS = 20;
const BUSY_RETRY_MS = 25;
const BUSY_PATIENCE_MS = 3_000;
// Of 4 KiB each. A checkpoint delays a commit by some milliseconds; SQLite's default of 1,000 makes four times as many.
const PAGES_TO_CHECKPOINT = 4_000;

/**
 * Opens one SQLite file in WAL mode with `synchronous=FULL`: a connection that writes, in group commits, and a read-only
 * one that therefore never sees what is not committed.
 *
 * @param file its path; its folder must exist
 */
export function openSqliteStore<Tables>(file: string): Store<Tables> {
  const connection = new DatabaseSync(file, { timeout: BUSY_WAIT_MS });
  connection.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
     PRAGMA wal_autocheckpoint = ${PAGES_TO_CHECKPOINT}`,
  );
  const reader = new DatabaseSync(file, { timeout: BUSY_WAIT_MS, readOnly: true });
  const read = kyselyOver<Tables>(reader);
  let scrubbing: Promise<void> | undefined;
  const { transaction, idle } = createGroupCommit(connection, kyselyOver<Tables>(connection), {
    begin: async () => {
      await scrubbing?.catch(() => {});
      await beginPatiently(connection);
    },
  });
  return {
    read,
    file,
    shared: false,
    transaction,
    clock: async () => Date.now(),
    ping: async () => {
      await sql`select 1`.execute(read);
    },
    scrub: () => {
      scrubbing ??= scrubFile(file).finally(() => {
        scrubbing = undefined;
      });
      return scrubbing;
    },
    close: async () => {
      await scrubbing?.catch(() => {});
      await idle();
      reader.close();
      connection.close();
    },
  };
}

async function beginPatiently(connection: DatabaseSync): Promise<void> {
  const giveUpAt = performance.now() + BUSY_PATIENCE_MS;
  for (;;) {
    try {
      return connection.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw new StoreUnavailable(error);
      await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
    }
  }
}
