/** The store does not respond, is held by another process or has no room; `cause` is the driver's error. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
  readonly code = 'store_unavailable';

  /** @param cause the driver's error */
  constructor(cause: unknown) {
    super('The store does not answer.', { cause });
  }
}

/** Another process has locked the SQLite file. */
export class StoreLocked extends Error {
  override name = 'StoreLocked';
  readonly code = 'store_locked';

  constructor() {
    super('another process works on this SQLite file; a file is for one process');
  }
}

/** The SQLite file, or its folder, cannot be made, opened or written; the message has its path. */
export class StoreFileUnusable extends Error {
  override name = 'StoreFileUnusable';
  readonly code = 'store_file_unusable';

  /** @param cause what the file system or SQLite said */
  constructor(file: string, cause: unknown) {
    super(`the SQLite file ${file} cannot be used: ${sayWhy(cause)}`, { cause });
  }
}

/** Node adds the call and its paths to what the system says: "EACCES: permission denied, mkdir '/x'". */
const sayWhy = (cause: unknown): string =>
  cause instanceof Error ? cause.message.replace(/, \w+( '.*)?$/s, '') : 'it failed';

/** The URL names no store. Its text is not repeated, because it may hold a password. */
export class StoreUrlInvalid extends Error {
  override name = 'StoreUrlInvalid';
  readonly code = 'store_url_invalid';

  /** @param problem what is wrong with it */
  constructor(problem = 'a store URL begins with sqlite:, postgres:// or memory:') {
    super(problem);
  }
}
