import { type Kysely, sql } from 'kysely';
import type { Payment, PaymentTables } from './payment-store.ts';

type Tables = Kysely<PaymentTables>;

const REVERSING = ['voiding', 'refunding'] as const;
const FIRST_WAIT_MS = 5_000;
const DOUBLINGS = 10;
const LONGEST_WAIT_MS = 300_000;
// A due time further away was written before a clock was set back, and has come.
const LATEST_DUE_MS = 2 * LONGEST_WAIT_MS;

/**
 * The payments whose reversal was begun, is not known to have ended and is due, those first that have waited longest since
 * then; one that has not been tried yet comes before all others.
 */
export function listDueReversals(tables: Tables, now: number, limit: number): Promise<Payment[]> {
  return tables
    .selectFrom('payments')
    .selectAll()
    .where('status', 'in', REVERSING)
    .where(({ eb, or }) => or([eb('reversal_due_at', '<=', now), eb('reversal_due_at', '>', now + LATEST_DUE_MS)]))
    .orderBy('reversal_due_at')
    .orderBy('sequence')
    .limit(limit)
    .execute();
}

/** Has a reversal that failed wait, longer each time. */
export async function postponeReversal(tables: Tables, { reference, reversal_attempts }: Payment, now: number) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(reversal_attempts, DOUBLINGS));
  await tables
    .updateTable('payments')
    .set({ reversal_attempts: reversal_attempts + 1, reversal_due_at: now + wait })
    .where('reference', '=', reference)
    .execute();
}

/** What is still to be given back, of one status. */
export interface UnfinishedReversals {
  status: (typeof REVERSING)[number];
  count: number;
  /** Minor units, exact. */
  amount: bigint;
  /** When the oldest was begun; null where there is none. */
  since: number | null;
}

// Amounts are summed in two parts, because a hundred of the largest are more than a JavaScript number, and so node:sqlite,
// can hold.
const MILLION = 1_000_000n;

/** Counts what is still to be given back. */
export async function countUnfinishedReversals(tables: Tables): Promise<UnfinishedReversals[]> {
  const rows = await tables
    .selectFrom('payments')
    .select(({ fn }) => [
      'status',
      fn.countAll<number>().as('count'),
      sql<number>`sum(amount / ${sql.lit(MILLION)})`.as('millions'),
      sql<number>`sum(amount % ${sql.lit(MILLION)})`.as('rest'),
      fn.min('updated_at').as('since'),
    ])
    .where('status', 'in', REVERSING)
    .groupBy('status')
    .execute();
  return REVERSING.map((status) => {
    const row = rows.find((candidate) => candidate.status === status);
    const amount = BigInt(row?.millions ?? 0) * MILLION + BigInt(row?.rest ?? 0);
    return { status, count: Number(row?.count ?? 0), amount, since: row?.since ?? null };
  });
}
