import { StoreUnavailable } from './store-errors.ts';

// https://sqlite.org/rescode.html
const BUSY = 5;
const READ_ONLY = 8;
// Held by another connection, no memory, read-only, I/O error, corrupt, disk full, cannot be opened, locks that do not work,
// not a database: no query is to blame.
const TROUBLES = new Set([BUSY, 7, READ_ONLY, 10, 11, 13, 14, 15, 26]);

/** SQLite's result code, which says more than the primary one; 0 where the error is not one of SQLite's. */
const codeOf = (error: unknown): number => (error as { errcode?: number } | null)?.errcode ?? 0;
const primaryCodeOf = (error: unknown): number => codeOf(error) % 256;

/** Whether another connection holds the file. */
export const isBusy = (error: unknown): boolean => primaryCodeOf(error) === BUSY;

/** @returns StoreUnavailable where the file or its disk failed, else the error itself */
export const reasonOf = (error: unknown): unknown =>
  TROUBLES.has(primaryCodeOf(error)) ? new StoreUnavailable(error) : error;

/**
 * Runs a query.
 *
 * @throws StoreUnavailable where the file or its disk failed; the error of a query that is itself to blame, such as a write
 * on a connection that only reads
 */
export function runQuery<Result>(query: () => Result): Result {
  try {
    return query();
  } catch (error) {
    throw codeOf(error) === READ_ONLY ? error : reasonOf(error);
  }
}
