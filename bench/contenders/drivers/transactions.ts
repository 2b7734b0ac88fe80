import { randomUUID } from 'node:crypto';

/** As many as a service's pool has. */
export const CONNECTIONS = 10;

/** How many slots there are to read. */
export const SLOTS = 10_000;

/** What a service's transaction for a booking runs. */
export const STATEMENTS = {
  insertKey: `INSERT INTO idempotency_keys (key, fingerprint, state, running_until, created_at)
    VALUES ($1, $2, 'running', $3, $4) ON CONFLICT DO NOTHING`,
  findAppointment: 'SELECT * FROM appointments WHERE reference = $1',
  findCancellation: 'SELECT * FROM cancellations WHERE reference = $1',
  findSlot: 'SELECT * FROM slots WHERE slot = $1',
  insertAppointment: 'INSERT INTO appointments (reference, slot, name, created_at) VALUES ($1, $2, $3, $4)',
  endKey: `UPDATE idempotency_keys SET state = 'done', reply = $2 WHERE key = $1`,
} as const;

type Name = keyof typeof STATEMENTS;

/** Runs a statement in a transaction that has begun, or with which its BEGIN goes. */
export type RunStatement = (name: Name, values: Array<string | number>) => Promise<number>;

/** What the bench asks a program for. */
export interface TransactionsOrder {
  callers: number;
  warmUpSeconds: number;
  seconds: number;
}

/** What the transactions of a window came to. */
export interface TransactionTimes {
  /** How long each took that was committed, in milliseconds. */
  times: number[];
  /** How long the window was, until its last transaction ended. */
  seconds: number;
  errors: number;
  firstError: string | undefined;
}

/** What a program reports to the bench. */
export type TransactionsReport = { event: 'ready' } | { event: 'begin' } | ({ event: 'end' } & TransactionTimes);

/** The work of one booking: a statement waits for the one before, but three reads go together. */
export async function book(run: RunStatement): Promise<void> {
  const now = Date.now();
  const reference = randomUUID();
  const slot = now % SLOTS;
  await run('insertKey', [reference, 'f'.repeat(64), now + 30_000, now]);
  const [, , found] = await Promise.all([
    run('findAppointment', [reference]),
    run('findCancellation', [reference]),
    run('findSlot', [slot]),
  ]);
  await run('insertAppointment', [reference, slot, 'Thomas Colins', now]);
  const ended = await run('endKey', [reference, JSON.stringify({ reference, status: 'confirmed' })]);
  if (found !== 1 || ended !== 1) throw new Error('a statement did not find its row');
}

/**
 * Tells the bench that this program is ready, and makes transactions when the bench asks for them.
 *
 * @param transact makes one and resolves when it is committed
 */
export async function serveTransactions(transact: () => Promise<unknown>): Promise<void> {
  // The listener stays, so that the process lives until the bench has looked at it.
  const asked = new Promise<TransactionsOrder>((resolve) => process.on('message', resolve));
  await report({ event: 'ready' });
  const { callers, warmUpSeconds, seconds } = await asked;
  await runFor(warmUpSeconds, callers, transact);
  await report({ event: 'begin' });
  await report({ event: 'end', ...(await runFor(seconds, callers, transact)) });
}

async function runFor(seconds: number, callers: number, transact: () => Promise<unknown>): Promise<TransactionTimes> {
  const startedAt = performance.now();
  const result: TransactionTimes = { times: [], seconds: 0, errors: 0, firstError: undefined };
  const call = async () => {
    while (performance.now() < startedAt + seconds * 1_000) {
      const beganAt = performance.now();
      try {
        await transact();
        result.times.push(performance.now() - beganAt);
      } catch (error) {
        result.errors += 1;
        result.firstError ??= String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { ...result, seconds: (performance.now() - startedAt) / 1_000 };
}

function report(message: TransactionsReport): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}
