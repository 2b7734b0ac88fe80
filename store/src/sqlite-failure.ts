import { StoreUnavailable } from './store-errors.ts';

// https://sqlite.org/rescode.html
const BUSY = 5;
// Read-only, I/O error, disk full, cannot be opened: no query is to blame.
const TROUBLES = new Set([8, 10, 13, 14]);

/** SQLite's primary result code; 0 where the error is not one of SQLite's. */
const resultCodeOf = (error: unknown): number => ((error as { errcode?: number } | null)?.errcode ?? 0) % 256;

/** Whether another connection holds the file. */
export const isBusy = (error: unknown): boolean => resultCodeOf(error) === BUSY;

/** @returns StoreUnavailable where the file or its disk failed, else the error itself */
export const reasonOf = (error: unknown): unknown =>
  TROUBLES.has(resultCodeOf(error)) ? new StoreUnavailable(error) : error;
