import { joinReads, type Registry, storeGauge } from '@appointments/chassis';
import type { PaymentDatabase } from '../payment-store.ts';
import { AWAIT_DECISION_SAGA } from './await-decision.ts';

/**
 * Registers how many payments wait for their cardholder or their gateway, for how long the first of them has, and how many notices do
 * not arrive.
 */
export function addWaitMetrics(registry: Registry, database: PaymentDatabase, now: () => number): void {
  const readWaiting = joinReads(() =>
    database.read
      .selectFrom('payments')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('waiting_since').as('since')])
      .where('waiting_since', 'is not', null)
      .where('status', '=', 'pending')
      .executeTakeFirstOrThrow(),
  );
  storeGauge({
    name: 'payments_waiting',
    help: 'Payments that wait for their cardholder or their gateway.',
    registry,
    read: async () => [{ value: Number((await readWaiting()).count) }],
  });
  storeGauge({
    name: 'payments_waiting_age_seconds',
    help: 'How long the first of these payments has waited.',
    registry,
    read: async () => {
      const { since } = await readWaiting();
      return [{ value: since === null ? 0 : Math.max(0, now() - since) / 1_000 }];
    },
  });
  storeGauge({
    name: 'payments_notices_unsent',
    help: 'Notices about decided payments that have not arrived for half a minute.',
    registry,
    read: async () => {
      const { count } = await database.read
        .selectFrom('sagas')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('name', '=', AWAIT_DECISION_SAGA)
        .where('due_at', 'is not', null)
        .where('status', '=', 'stuck')
        .executeTakeFirstOrThrow();
      return [{ value: Number(count) }];
    },
  });
}
