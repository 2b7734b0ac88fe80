import type { Logger } from '@appointments/chassis';
import type { Kysely } from 'kysely';
import type { PaymentGateway } from './gateway.ts';
import { afterReversal } from './payment-status.ts';
import {
  getPayment,
  listUnfinishedReversals,
  type Payment,
  type PaymentDatabase,
  type PaymentTables,
  updatePayment,
} from './payment-store.ts';

const BATCH = 100;
const RESUME_EVERY_MS = 5_000;

export interface ReversalDependencies {
  database: PaymentDatabase;
  gateway: PaymentGateway;
  now?: () => number;
}

export type Reversals = ReturnType<typeof createReversals>;

/** Finishes what `voiding` and `refunding` in the ledger say was begun. */
export function createReversals({ database, gateway, now = Date.now }: ReversalDependencies) {
  /**
   * Reverses a payment at the gateway and records it. Harmless when done twice, one after the other or at once.
   *
   * @param alongside what to write in the same transaction
   * @returns the payment, voided or refunded
   * @throws GatewayUnavailable; the ledger then still says that the reversal is to be finished
   */
  async function finish(
    { reference, amount }: Payment,
    alongside?: (tables: Kysely<PaymentTables>) => Promise<void>,
  ): Promise<Payment> {
    await gateway.reverse(reference, amount ?? undefined);
    const reversed = async (tables: Kysely<PaymentTables>) => {
      await alongside?.(tables);
      const { status } = await getPayment(tables, reference);
      return updatePayment(tables, reference, { status: afterReversal(status), updated_at: now() });
    };
    return database.transaction(reversed, { subject: reference, repeatable: true });
  }

  /** Finishes every reversal that was begun; one that fails is left for the next time and does not delay the others. */
  async function finishAll(logger: Logger, stop?: AbortSignal): Promise<void> {
    for (const payment of await listUnfinishedReversals(database.read, BATCH)) {
      if (stop?.aborted) return;
      await finish(payment).catch((error: unknown) => {
        logger.warn('a reversal is still to be finished', { reference: payment.reference, error });
      });
    }
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
