import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { StoreFileUnusable, StoreLocked, StoreUnavailable } from './store-errors.ts';

const MOST_LINKS = 40;

/** The path of the file that a URL names; undefined for other kinds of store. */
export const fileOf = (url: string): string | undefined => /^sqlite:(?<file>.+)$/s.exec(url)?.groups?.file;

/**
 * Finds a file by its real path, because through a link it is the same store; also where the link leads to a file that
 * is still to be made. Missing folders are made.
 *
 * @throws StoreFileUnusable
 */
export function realFile(path: string): string {
  return usingFile(path, () => {
    let file = resolve(path);
    for (let links = 0; links < MOST_LINKS; links += 1) {
      makeFolder(dirname(file));
      if (existsSync(file)) return realpathSync(file);
      const target = linkTarget(file);
      if (target === undefined) return join(realpathSync(dirname(file)), basename(file));
      file = resolve(dirname(file), target);
    }
    throw new Error('too many symbolic links');
  });
}

function linkTarget(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

/** @throws StoreFileUnusable in place of what the file system or SQLite says of the file */
export function usingFile<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw unusable(file, error);
  }
}

/** @returns the error that names the file; the stores' own errors but StoreUnavailable as they are */
export function unusable(file: string, error: unknown): unknown {
  if (error instanceof StoreFileUnusable || error instanceof StoreLocked) return error;
  return new StoreFileUnusable(resolve(file), error instanceof StoreUnavailable ? error.cause : error);
}
