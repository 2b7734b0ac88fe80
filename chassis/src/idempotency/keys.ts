import type { Store } from 'durable-store';
import type { Kysely } from 'kysely';
import { Problem } from '../http/problem.ts';
import { type Reply, refusalReply } from '../http/reply.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import {
  claimAgain,
  completeKey,
  ERASED_FINGERPRINT,
  eraseKey,
  findKey,
  getKey,
  type IdempotencyKeyRow,
  type IdempotencyTables,
  insertKey,
  releaseAllKeys,
  releaseKey,
} from './key-table.ts';
import { idempotencyKeyReused, requestErased, requestInProgress } from './problems.ts';

type Tables = Kysely<IdempotencyTables>;

export interface IdempotencyOptions {
  /** How long a request without a reply counts as running. Infinite where something else completes it. */
  runningMs: number;
  now: () => number;
}

export type IdempotencyKeys = ReturnType<typeof createIdempotencyKeys>;

/** Keeps the keys, as in the IETF draft "The Idempotency-Key HTTP Header Field", inside the transactions of the effects. */
export function createIdempotencyKeys({ runningMs, now }: IdempotencyOptions) {
  /**
   * Claims a key for its first request.
   *
   * @returns the first reply where there is one; undefined where the caller is to do the work, and must then `complete`
   * or `release` the key
   * @throws Problem 422 `idempotency_key_reused`, 409 `request_in_progress`, 410 `request_erased`
   */
  async function claim(
    tables: Tables,
    { key, fingerprint }: Omit<IdempotentRequest, 'route'>,
  ): Promise<Reply | undefined> {
    const at = now();
    const runningUntil = Math.min(at + runningMs, Number.MAX_SAFE_INTEGER);
    // First of all, so that of two requests at once one waits here for the other's commit, whichever processes they reach.
    const times = { running_until: runningUntil, created_at: at };
    if (await insertKey(tables, { key, fingerprint, state: 'running', reply: null, ...times })) return undefined;
    const reply = keptReply(await getKey(tables, key), fingerprint);
    if (reply) return reply;
    if (!(await claimAgain(tables, key, { at, runningUntil }))) throw requestInProgress();
    return undefined;
  }

  /**
   * Looks for what a retry gets, without taking the key: for callers whose transaction others share.
   *
   * @returns undefined for a key that is free
   * @throws as `claim`
   */
  async function find(
    tables: Tables,
    { key, fingerprint }: Omit<IdempotentRequest, 'route'>,
  ): Promise<Reply | undefined> {
    const row = await findKey(tables, key);
    const reply = row && keptReply(row, fingerprint);
    if (row && !reply && row.running_until > now()) throw requestInProgress();
    return reply;
  }

  /** Keeps the reply that every retry gets; the first reply stays. */
  async function complete(tables: Tables, key: string, reply: Reply): Promise<void> {
    await completeKey(tables, key, JSON.stringify(reply));
  }

  /**
   * Does `work` for the first request with a key and returns the first reply to every retry. The key, the effect and the
   * reply are one transaction, whose subject is the key. A refusal of `work` (a Problem below 500) is a reply like any
   * other, kept once what the work had written is rolled back; but for 422 `idempotency_key_reused`, where the work still
   * knows of an earlier request.
   *
   * @param sharedLocks what `work` may have to wait for beside its key, as a transaction has it
   */
  async function once<T extends IdempotencyTables>(
    database: Store<T>,
    request: IdempotentRequest,
    sharedLocks: readonly string[],
    work: (tables: Kysely<T>) => Promise<Reply>,
  ): Promise<Reply> {
    let refusal: Reply | undefined;
    const claimed = (makeReply: typeof work) => async (tables: Kysely<T>) => {
      refusal = undefined;
      const keys = tables as unknown as Tables;
      const first = await claim(keys, request);
      if (first) return { ...first, replayed: true };
      const reply = await makeReply(tables);
      await complete(keys, request.key, reply);
      return reply;
    };
    const options = { subject: request.key, repeatable: true, sharedLocks };
    const workOrRefuse = (tables: Kysely<T>) =>
      work(tables).catch((error: unknown) => {
        // To keep that would refuse the request which the key belongs to.
        if (!isReuse(error)) refusal = refusalReply(error, request.route);
        throw error;
      });
    try {
      return await database.transaction(claimed(workOrRefuse), options);
    } catch (error) {
      const refused = refusal;
      if (!refused) throw error;
      return database.transaction(
        claimed(async () => refused),
        options,
      );
    }
  }

  return { claim, find, complete, release: releaseKey, releaseAll: releaseAllKeys, erase: eraseKey, once };
}

/** @throws Problem 422 `idempotency_key_reused`, 410 `request_erased` */
function keptReply(row: Pick<IdempotencyKeyRow, 'fingerprint' | 'reply'>, fingerprint: string): Reply | undefined {
  if (row.fingerprint === ERASED_FINGERPRINT) throw requestErased();
  if (row.fingerprint !== fingerprint) throw idempotencyKeyReused();
  return row.reply === null ? undefined : (JSON.parse(row.reply) as Reply);
}

const isReuse = (error: unknown): boolean => error instanceof Problem && error.code === idempotencyKeyReused.code;
