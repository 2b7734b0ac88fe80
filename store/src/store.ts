import type { Kysely } from 'kysely';

/** How a transaction is run. */
export interface TransactionOptions {
  /** Transactions with the same subject run one after another, also across processes. */
  subject?: string;
  /**
   * Whether the work may run twice. Where the connection breaks during the commit, the outcome is unknown: repeatable work
   * is retried then, other work is rejected with StoreUnavailable.
   */
  repeatable?: boolean;
  /**
   * Lets work with a subject share its transaction, on a server, with other such work that comes at the same time. It names
   * what the work may have to wait for beside its subject, such as a doctor's day; that is locked with the subject, so that
   * no two transactions wait for each other. Work in a transaction runs side by side and is not kept apart from each other, by
   * these locks neither: what two of them write goes into conditions of their statements.
   */
  sharedLocks?: readonly string[];
}

/** One open store with tables of type `Tables`. */
export interface Store<Tables> {
  /** Whether other processes may work on the store at the same time. */
  readonly shared: boolean;
  /** The path of its file; undefined where it is not in one. */
  readonly file?: string;
  /** For queries that only read; they see committed rows only. */
  readonly read: Kysely<Tables>;
  /**
   * Runs `work` in one transaction and resolves after its commit. `work` must await nothing but its own queries, because
   * other transactions wait for it. It is run again after a connection failure, and where other work that shares its commit
   * throws; nothing of the earlier run is kept then.
   *
   * @returns what `work` returns
   * @throws what `work` throws, after a rollback; StoreUnavailable where another process holds the store, or the store
   * does not respond or has no room
   */
  transaction<Result>(work: (tables: Kysely<Tables>) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  /**
   * Reads the store's clock, which is the same for all processes on a shared store.
   *
   * @returns milliseconds since the epoch, an integer
   * @throws StoreUnavailable
   */
  clock(): Promise<number>;
  /**
   * Resolves when the store responds, or did within the time for which a transaction would wait for it.
   *
   * @throws StoreUnavailable, or the driver's own error
   */
  ping(): Promise<void>;
  /**
   * Leaves nothing in the store's files of what was deleted or overwritten. An SQLite file is written anew, which takes some
   * seconds for each 100 MB; meanwhile transactions wait. PostgreSQL does so by itself, with its vacuum.
   *
   * @throws StoreUnavailable where somebody reads what is to go, or there is no room; it may be tried again
   */
  scrub(): Promise<void>;
  /** Finishes the transactions under way, then closes the store. */
  close(): Promise<void>;
}
