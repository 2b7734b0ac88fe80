import type { Logger } from '@appointments/chassis';
import type { Kysely } from 'kysely';
import type { PaymentGateway } from './gateway.ts';
import { afterReversal } from './payment-status.ts';
import { getPayment, type Payment, type PaymentDatabase, type PaymentTables, updatePayment } from './payment-store.ts';
import { listDueReversals, postponeReversal } from './unfinished-reversals.ts';

const BATCH = 100;
const AT_A_TIME = 4;
const RESUME_EVERY_MS = 5_000;

export interface ReversalDependencies {
  database: PaymentDatabase;
  gateway: PaymentGateway;
  now: () => number;
}

export type Reversals = ReturnType<typeof createReversals>;

/** Finishes what `voiding` and `refunding` in the ledger say was begun. */
export function createReversals({ database, gateway, now }: ReversalDependencies) {
  /**
   * Reverses a payment at the gateway and records it. Harmless when done twice, one after the other or at once.
   *
   * @param alongside what to write in the same transaction
   * @returns the payment, voided or refunded
   * @throws Problem 503 `gateway_unavailable`; the ledger then still says that the reversal is to be finished
   */
  async function finish(
    { reference, amount }: Payment,
    alongside?: (tables: Kysely<PaymentTables>) => Promise<void>,
  ): Promise<Payment> {
    await gateway.reverse(reference, amount ?? undefined);
    const reversed = async (tables: Kysely<PaymentTables>) => {
      await alongside?.(tables);
      const payment = await getPayment(tables, reference);
      return updatePayment(tables, payment, { status: afterReversal(payment.status), updated_at: now() });
    };
    return database.transaction(reversed, { subject: reference, repeatable: true });
  }

  async function tryToFinish(payment: Payment, logger: Logger): Promise<void> {
    try {
      await finish(payment);
    } catch (error) {
      logger.warn('a reversal is still to be finished', { reference: payment.reference, error });
      const { reference } = payment;
      await database.transaction((tables) => postponeReversal(tables, payment, now()), { subject: reference });
    }
  }

  /**
   * Finishes the reversals that are due, some at a time; one that fails waits longer each time and delays no other.
   *
   * @throws what the store throws
   */
  async function finishAll(logger: Logger, stop?: AbortSignal): Promise<void> {
    const due = (await listDueReversals(database.read, now(), BATCH)).values();
    const work = async () => {
      for (const payment of due) {
        if (stop?.aborted) return;
        await tryToFinish(payment, logger);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  return { finish, finishAll };
}

/**
 * Finishes open reversals now and every few seconds, so that money goes back even if the caller never retries.
 *
 * @returns what stops it, after the reversal that is under way
 */
export function startReversals(reversals: Reversals, logger: Logger): () => Promise<void> {
  const stop = new AbortController();
  let round: Promise<void> | undefined;
  const run = () => {
    // With a gateway that times out, a round can take longer than the interval.
    round ??= reversals
      .finishAll(logger, stop.signal)
      .catch((error: unknown) => logger.warn('finishing reversals failed', { error }))
      .then(() => {
        round = undefined;
      });
  };
  run();
  const timer = setInterval(run, RESUME_EVERY_MS);
  return async () => {
    stop.abort();
    clearInterval(timer);
    await round;
  };
}
