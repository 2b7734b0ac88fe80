import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from './store-errors.ts';

// As text, because a worker's file has another name once the package is built. Where cells are moved between pages SQLite leaves
// copies of them, also with secure_delete, so all pages are written anew. The temporary file is as large as the store: it goes
// beside it, for there is room.
const WORK = `
const { workerData: { file, folder } } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
const connection = new DatabaseSync(file, { timeout: 5000 });
connection.exec("PRAGMA temp_store_directory = '" + folder.replaceAll("'", "''") + "'; PRAGMA synchronous = FULL; VACUUM");
const [{ busy }] = connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
connection.close();
if (busy !== 0) throw new Error('the write-ahead log is being read');
`;

/**
 * Writes an SQLite file anew and empties its write-ahead log, so that neither has a byte of what was deleted or overwritten. It
 * takes some seconds for each 100 MB, on a thread of its own; meanwhile others can read and not write.
 *
 * @throws StoreUnavailable where somebody holds the file, reads what is to go, or the disk has no room
 */
export function scrubFile(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORK, { eval: true, workerData: { file, folder: dirname(file) } });
    worker.once('error', (error) => reject(new StoreUnavailable(error)));
    worker.once('exit', (code) =>
      code === 0 ? resolve() : reject(new StoreUnavailable(new Error('the thread ended'))),
    );
  });
}
