import { prepareQuery } from 'durable-store';
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { SagaRecord } from './record.ts';
import { fromRow } from './saga-row.ts';
import { LONGEST_WAIT_MS } from './scheduling.ts';
import type { SagaTables, Tables } from './tables.ts';

/**
 * How long a saga stays with a worker that gives no sign of life. When a store goes away, the oldest lease has lasted for
 * two rounds of renewing; what is left of it has to be as long as the store is waited for, which is 4 s.
 */
export const LEASE_MS = 6_000;

// No lease and no wait ends later than this after it was written: one that seems to was written before the clock was set
// back, and is over.
const LATEST_DUE_MS = 2 * Math.max(LEASE_MS, LONGEST_WAIT_MS);

/** What a worker may run. */
export type Runnable = ReadonlyArray<{ name: string; version: number }>;

export interface Claim {
  now: number;
  worker: string;
  runnable: Runnable;
  limit: number;
  /** Ids of sagas to leave alone. */
  except: readonly string[];
}

type Where = ExpressionBuilder<SagaTables, 'sagas'>;

const isDue = ({ eb, or }: Where, now: number): ExpressionWrapper<SagaTables, 'sagas', SqlBool> =>
  or([eb('due_at', '<=', now), eb('due_at', '>', now + LATEST_DUE_MS)]);

const isRunnable = ({ eb, or, and }: Where, runnable: Runnable): ExpressionWrapper<SagaTables, 'sagas', SqlBool> =>
  or(runnable.map(({ name, version }) => and([eb('name', '=', name), eb('version', '=', version)])));

const selectAnyDue = prepareQuery<SagaTables, { now: number; latest: number }, { found: number }>((tables, value) => {
  const found = () => tables.selectFrom('sagas').select(({ lit }) => lit(1).as('found'));
  return found()
    .where(({ eb, or }) => or([eb('due_at', '<=', value('now')), eb('due_at', '>', value('latest'))]))
    .unionAll(found().where('wake_at', '<=', value('now')))
    .limit(1);
});

/** Whether there is something to claim, as a cheap look that takes no lock. */
export async function isAnythingDue(tables: Tables, now: number): Promise<boolean> {
  const { rows } = await selectAnyDue(tables, { now, latest: now + LATEST_DUE_MS });
  return rows.length > 0;
}

/**
 * Claims sagas that no worker runs: each gets a lease and a new fencing token, which shuts out the run before. What
 * another process is claiming at this moment is left to it. Those that are due come before those whose timer went off.
 */
export async function claimDue(tables: Tables, claim: Claim): Promise<SagaRecord[]> {
  const due = await selectClaimable(tables, claim, 'due_at');
  // An event makes due what waits for a timer as well.
  const except = [...claim.except, ...due.map(({ id }) => id)];
  const woken =
    due.length < claim.limit
      ? await selectClaimable(tables, { ...claim, limit: claim.limit - due.length, except }, 'wake_at')
      : [];
  return lease(tables, [...due, ...woken], claim);
}

/** Claims one saga, due or not, unless a worker holds its lease. */
export async function claimOne(tables: Tables, id: string, claim: Omit<Claim, 'limit' | 'except'>) {
  const rows = await tables
    .selectFrom('sagas')
    .selectAll()
    .where('id', '=', id)
    .where('worker', 'is', null)
    .where('due_at', 'is not', null)
    .where((where) => isRunnable(where, claim.runnable))
    .forUpdate()
    .skipLocked()
    .execute();
  return (await lease(tables, rows.map(fromRow), claim))[0];
}

async function selectClaimable(
  tables: Tables,
  { now, runnable, limit, except }: Claim,
  by: 'due_at' | 'wake_at',
): Promise<SagaRecord[]> {
  const rows = await tables
    .selectFrom('sagas')
    .selectAll()
    .where((where) => (by === 'due_at' ? isDue(where, now) : where.eb('wake_at', '<=', now)))
    .where((where) => isRunnable(where, runnable))
    .$if(except.length > 0, (query) => query.where('id', 'not in', except))
    .orderBy(by)
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(fromRow);
}

async function lease(tables: Tables, records: SagaRecord[], { now, worker }: Pick<Claim, 'now' | 'worker'>) {
  if (records.length === 0) return [];
  const ids = records.map(({ id }) => id);
  await tables
    .updateTable('sagas')
    .set(({ eb }) => ({ fence: eb('fence', '+', 1), due_at: now + LEASE_MS, wake_at: null, worker }))
    .where('id', 'in', ids)
    .execute();
  return records.map((record) => ({
    ...record,
    fence: record.fence + 1,
    dueAt: now + LEASE_MS,
    wakeAt: null,
    worker,
  }));
}

/**
 * Makes due what is unfinished: for a process that knows that no other one runs any of it.
 *
 * @param runnable what the process is about to run; the rest may belong to another engine in it
 */
export async function expireLeases(tables: Tables, now: number, runnable: Runnable): Promise<void> {
  await tables
    .updateTable('sagas')
    .set({ due_at: now, worker: null })
    .where('due_at', '>', now)
    .where((where) => isRunnable(where, runnable))
    .execute();
}

type Held = Pick<SagaRecord, 'id' | 'fence'>;

/**
 * Prolongs the leases of those sagas that are still held with the given fencing token, and shortens none.
 *
 * @returns until when each of them is leased now; those are missing that another worker or an operator has
 */
export async function renewLeases(
  tables: Tables,
  held: readonly Held[],
  leaseUntil: number,
): Promise<Map<string, number>> {
  // A row that is locked at this moment gets a new lease by what is written there, or with the next renewal.
  const ageing = tables
    .selectFrom('sagas')
    .select('id')
    .where(({ or, and }) => or(held.map(({ id, fence }) => and({ id, fence }))))
    .where('worker', 'is not', null)
    .where('due_at', '<', leaseUntil)
    .forUpdate()
    .skipLocked();
  await tables.updateTable('sagas').set({ due_at: leaseUntil }).where('id', 'in', ageing).execute();
  const ids = held.map(({ id }) => id);
  const rows = await tables.selectFrom('sagas').select(['id', 'fence', 'due_at']).where('id', 'in', ids).execute();
  const fences = new Map(held.map(({ id, fence }) => [id, fence]));
  const stillHeld = rows.filter(({ id, fence }) => fences.get(id) === fence);
  return new Map(stillHeld.map(({ id, due_at }) => [id, due_at ?? 0]));
}
