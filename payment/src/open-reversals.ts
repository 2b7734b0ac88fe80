import type { Kysely } from 'kysely';
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
export interface OpenReversals {
  status: (typeof REVERSING)[number];
  count: number;
  /** Minor units. */
  amount: number;
  /** When the oldest was begun; null where there is none. */
  since: number | null;
}

/** Counts what is still to be given back. */
export async function countOpenReversals(tables: Tables): Promise<OpenReversals[]> {
  const rows = await tables
    .selectFrom('payments')
    .select(({ fn }) => [
      'status',
      fn.countAll<number>().as('count'),
      fn.sum<number>('amount').as('amount'),
      fn.min('updated_at').as('since'),
    ])
    .where('status', 'in', REVERSING)
    .groupBy('status')
    .execute();
  return REVERSING.map((status) => {
    const row = rows.find((candidate) => candidate.status === status);
    return { status, count: Number(row?.count ?? 0), amount: Number(row?.amount ?? 0), since: row?.since ?? null };
  });
}
