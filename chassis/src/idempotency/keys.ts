import { hash } from 'node:crypto';
import { type Migration, prepareQuery, type Store, valuesOf } from 'durable-store';
import type { Kysely } from 'kysely';
import { Problem } from '../http/problem.ts';
import { type Reply, refusalReply } from '../http/reply.ts';
import type { Logger } from '../telemetry/logger.ts';

/** A request that may be retried: the client's key, and what distinguishes it from another one with the same key. */
export interface IdempotentRequest {
  readonly key: string;
  readonly fingerprint: string;
  /** The route, for the `instance` of a refusal. */
  readonly route: string;
}

interface IdempotencyKeyRow {
  key: string;
  fingerprint: string;
  state: 'running' | 'done';
  /** Until when the request counts as running; after it, a retry may claim the key. Milliseconds since the epoch. */
  running_until: number;
  reply: string | null;
  created_at: number;
}

/** Goes into the table types of a service that keeps idempotency keys. */
export interface IdempotencyTables {
  idempotency_keys: IdempotencyKeyRow;
}

type Tables = Kysely<IdempotencyTables>;

/** The table that the mechanism needs; a service lists it among its own migrations. */
export const idempotencyKeysMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('idempotency_keys')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('running_until', 'bigint', (column) => column.notNull())
      .addColumn('reply', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').column('created_at').execute();
  },
};

const insertKey = prepareQuery<IdempotencyTables, IdempotencyKeyRow>((tables, value) =>
  tables
    .insertInto('idempotency_keys')
    .values(valuesOf(value, ['key', 'fingerprint', 'state', 'running_until', 'reply', 'created_at']))
    .onConflict((conflict) => conflict.doNothing()),
);

const completeKey = prepareQuery<IdempotencyTables, Pick<IdempotencyKeyRow, 'key' | 'reply'>>((tables, value) =>
  tables
    .updateTable('idempotency_keys')
    .set({ state: 'done', reply: value('reply') })
    .where('key', '=', value('key'))
    .where('state', '=', 'running'),
);

const HOUR_MS = 3_600_000;
// The contract promises 24 h; an hour more keeps the promise for a client whose clock or timer is a little off.
const KEPT_MS = 25 * HOUR_MS;
const PRUNE_BATCH = 500;
const PRUNE_EVERY_MS = 60_000;

/**
 * A hash over what a request asks for. It must be fed with card numbers already masked: a plain hash of a number with
 * 16 digits is as good as the number (PCI DSS 3.5.1.1).
 */
export function fingerprintOf(parts: unknown): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}

export interface IdempotencyOptions {
  /** How long a request without a reply counts as running. Infinite where something else completes it. */
  runningMs: number;
  now?: () => number;
}

export type IdempotencyKeys = ReturnType<typeof createIdempotencyKeys>;

/** Keeps the keys, as in the IETF draft "The Idempotency-Key HTTP Header Field", inside the transactions of the effects. */
export function createIdempotencyKeys({ runningMs, now = Date.now }: IdempotencyOptions) {
  /**
   * Claims a key for its first request.
   *
   * @returns the first reply where there is one; undefined where the caller is to do the work, and must then `complete`
   * or `release` the key
   * @throws Problem 422 `idempotency_key_reused`, 409 `request_in_progress`
   */
  async function claim(
    tables: Tables,
    { key, fingerprint }: Omit<IdempotentRequest, 'route'>,
  ): Promise<Reply | undefined> {
    const at = now();
    const runningUntil = Math.min(at + runningMs, Number.MAX_SAFE_INTEGER);
    // First of all, so that of two requests at once one waits here for the other's commit, whichever processes they reach.
    const first = {
      key,
      fingerprint,
      state: 'running',
      running_until: runningUntil,
      reply: null,
      created_at: at,
    } as const;
    const { numAffectedRows } = await insertKey(tables, first);
    if (numAffectedRows) return undefined;
    const row = await tables
      .selectFrom('idempotency_keys')
      .selectAll()
      .where('key', '=', key)
      .executeTakeFirstOrThrow();
    if (row.fingerprint !== fingerprint) throw idempotencyKeyReused();
    if (row.reply !== null) return JSON.parse(row.reply) as Reply;
    const { numUpdatedRows } = await tables
      .updateTable('idempotency_keys')
      .set({ running_until: runningUntil })
      .where('key', '=', key)
      .where('running_until', '<=', at)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw inProgress();
    return undefined;
  }

  /** Keeps the reply that every retry gets; the first reply stays. */
  async function complete(tables: Tables, key: string, reply: Reply): Promise<void> {
    await completeKey(tables, { key, reply: JSON.stringify(reply) });
  }

  /** Lets the next retry do the work again: the outcome is not known, or is not one to keep. */
  async function release(tables: Tables, key: string): Promise<void> {
    await tables.updateTable('idempotency_keys').set({ running_until: 0 }).where('key', '=', key).execute();
  }

  /** For the start of a service that alone owns its store: what was running died with the last process. */
  async function releaseAll(tables: Tables): Promise<void> {
    await tables.updateTable('idempotency_keys').set({ running_until: 0 }).where('state', '=', 'running').execute();
  }

  /**
   * Deletes the keys that are old enough and not running, one batch a call, so that no write delays the others for long.
   *
   * @returns whether there may be more
   */
  async function prune(tables: Tables): Promise<boolean> {
    const old = tables
      .selectFrom('idempotency_keys')
      .select('key')
      .where('created_at', '<', now() - KEPT_MS)
      .where((or) => or.or([or('state', '=', 'done'), or('running_until', '<=', now())]))
      .limit(PRUNE_BATCH);
    const { numDeletedRows } = await tables
      .deleteFrom('idempotency_keys')
      .where('key', 'in', old)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows) === PRUNE_BATCH;
  }

  /**
   * Does `work` for the first request with a key and returns the first reply to every retry. The key, the effect and the
   * reply are one transaction, whose subject is the key. A refusal of `work` (a Problem below 500) is a reply like any
   * other.
   */
  function once<T extends IdempotencyTables>(
    database: Store<T>,
    request: IdempotentRequest,
    work: (tables: Kysely<T>) => Promise<Reply>,
  ): Promise<Reply> {
    const claimed = async (tables: Kysely<T>) => {
      const keys = tables as unknown as Tables;
      const first = await claim(keys, request);
      if (first) return { ...first, replayed: true };
      const reply = await work(tables).catch((error: unknown) => refusalReply(error, request.route));
      await complete(keys, request.key, reply);
      return reply;
    };
    return database.transaction(claimed, { subject: request.key, repeatable: true });
  }

  return { claim, complete, release, releaseAll, prune, once };
}

/** The refusal of a key that came with another request before. */
export const idempotencyKeyReused = () =>
  new Problem(422, 'idempotency_key_reused', { detail: 'This Idempotency-Key came with another request before.' });

const inProgress = () =>
  new Problem(409, 'request_in_progress', {
    detail: 'The first request with this Idempotency-Key is still being worked on.',
    headers: { 'retry-after': '1' },
  });

/**
 * Deletes old keys every minute.
 *
 * @returns what stops it
 */
export function startPruning<T extends IdempotencyTables>(
  database: Store<T>,
  keys: IdempotencyKeys,
  logger: Logger,
): () => Promise<void> {
  const prune = async () => {
    // One replica at a time: two that delete the same keys could deadlock.
    const subject = 'prune idempotency keys';
    while (await database.transaction((tables) => keys.prune(tables as unknown as Tables), { subject }));
  };
  const timer = setInterval(() => {
    prune().catch((error: unknown) => logger.warn('pruning idempotency keys failed', { error }));
  }, PRUNE_EVERY_MS);
  return async () => clearInterval(timer);
}
