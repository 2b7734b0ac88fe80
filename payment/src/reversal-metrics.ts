import { joinReads, type Registry, storeGauge } from '@appointments/chassis';
import type { PaymentDatabase } from './payment-store.ts';
import { countUnfinishedReversals } from './unfinished-reversals.ts';

const MINOR_UNITS = 100;

/**
 * Registers what is owed: reversals that were begun and have not ended, counted in the store. `refunding` money was taken
 * for certain, `voiding` money perhaps.
 */
export function addReversalMetrics(registry: Registry, database: PaymentDatabase, now: () => number): void {
  const labelNames = ['status'];
  const countUnfinished = joinReads(() => countUnfinishedReversals(database.read));
  storeGauge({
    name: 'payments_reversals_unfinished',
    help: 'Reversals that were begun and have not ended, by status.',
    labelNames,
    registry,
    read: async () => (await countUnfinished()).map(({ status, count }) => ({ labels: { status }, value: count })),
  });
  storeGauge({
    name: 'payments_owed',
    help: 'Money of these reversals, in major units, by status.',
    labelNames,
    registry,
    read: async () =>
      (await countUnfinished()).map(({ status, amount }) => ({
        labels: { status },
        value: Number(amount) / MINOR_UNITS,
      })),
  });
  storeGauge({
    name: 'payments_reversal_age_seconds',
    help: 'How long ago the oldest of these reversals was begun.',
    labelNames,
    registry,
    read: async () =>
      (await countUnfinished()).map(({ status, since }) => ({
        labels: { status },
        value: since === null ? 0 : Math.max(0, now() - since) / 1_000,
      })),
  });
}
