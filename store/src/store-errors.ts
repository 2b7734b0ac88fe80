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

/** The URL names no kind of store. Its text is not repeated, because it may hold a password. */
export class StoreUrlInvalid extends Error {
  override name = 'StoreUrlInvalid';
  readonly code = 'store_url_invalid';

  constructor() {
    super('a store URL begins with sqlite:, postgres:// or memory:');
  }
}
