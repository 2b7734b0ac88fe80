import { Counter, type Registry, storeGauge } from '@appointments/chassis';
import { isEnded, type SagaEvent, type SagaRecord } from 'durable-saga';
import type { AppointmentDatabase } from '../booking-store.ts';
import { type Delivery, isTaken } from './deliver-webhook.ts';
import { countUnfinishedDeliveries, oldestUnfinishedDelivery } from './delivery-store.ts';
import { WEBHOOK_EVENTS } from './events.ts';
import { toDeliveryStatus } from './present-delivery.ts';
import type { TryResult } from './send-webhook.ts';

const LOST = ['gone', 'given_up'];

/**
 * How webhooks fare: deliveries that have ended, tries, and what is still to be delivered.
 *
 * @param now milliseconds since the epoch
 * @returns `observe` for the sagas of deliveries
 */
export function createDeliveryMetrics(metrics: Registry, database: AppointmentDatabase, now: () => number) {
  const registers = [metrics];
  const ended = new Counter({
    name: 'webhook_deliveries_total',
    help: 'Webhook deliveries that have ended: delivered; gone, given_up or endpoint_removed where they failed; cancelled.',
    labelNames: ['event', 'outcome'],
    registers,
  });
  const tries = new Counter({
    name: 'webhook_tries_total',
    help: 'Tries to deliver a webhook, by the host of the receiver and what came of them: taken, a class of status, or no response.',
    labelNames: ['receiver', 'result'],
    registers,
  });
  // From the start: what first appears as 1 has not risen for Prometheus.
  for (const event of WEBHOOK_EVENTS) for (const outcome of LOST) ended.inc({ event, outcome }, 0);
  storeGauge({
    name: 'webhook_deliveries_unfinished',
    help: 'Webhook deliveries that have not ended; 10,000 at most are counted.',
    registry: metrics,
    read: async () => [{ value: await countUnfinishedDeliveries(database.read) }],
  });
  storeGauge({
    name: 'webhook_delivery_oldest_seconds',
    help: 'For how long the delivery of the oldest booking has not ended; 0 where all have.',
    registry: metrics,
    async read() {
      const since = await oldestUnfinishedDelivery(database.read);
      return [{ value: since === undefined ? 0 : Math.max(0, now() - since) / 1_000 }];
    },
  });

  function observe(saga: SagaRecord, { kind, status }: SagaEvent): void {
    if (kind === 'saga' && isEnded(saga)) {
      const outcome = toDeliveryStatus(saga.status);
      ended.inc({
        event: (saga.input as Delivery).type,
        outcome: outcome === 'failed' ? (saga.failure?.code ?? outcome) : outcome,
      });
    }
    if (kind === 'step' && status === 'done') {
      const { result } = saga.steps.findLast(({ status }) => status === 'done') ?? {};
      const receiver = new URL((saga.input as Delivery).url).host;
      tries.inc({ receiver, result: resultLabel(result as TryResult) });
    }
  }

  return { observe };
}

function resultLabel({ status, code }: TryResult): string {
  if (status === null) return code;
  return isTaken(status) ? 'taken' : `${Math.trunc(status / 100)}xx`;
}
