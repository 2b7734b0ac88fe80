import type { SagaRecord, StepRecord } from 'durable-saga';
import type { Delivery } from './deliver-webhook.ts';
import type { WebhookEvent } from './events.ts';
import type { TryResult } from './send-webhook.ts';

/** One try as operators see it. */
export interface PresentedTry {
  startedAt: string;
  endedAt: string | null;
  /** The status of the response; null where there was none. */
  status: number | null;
  /** Why there was none. */
  code: string | null;
}

/** A delivery as operators see it. Of the receiver's URL only the host: the rest may be a secret. */
export interface PresentedDelivery {
  id: string;
  webhookId: string;
  event: WebhookEvent;
  receiver: string;
  status: 'pending' | 'delivered' | 'failed' | 'cancelled';
  /** Why it failed. */
  code: string | null;
  createdAt: string;
  updatedAt: string;
  nextTryAt: string | null;
  tries: PresentedTry[];
}

const STATUS: Partial<Record<SagaRecord['status'], PresentedDelivery['status']>> = {
  completed: 'delivered',
  failed: 'failed',
  compensated: 'failed',
  cancelled: 'cancelled',
};

/** What a delivery's status is called; one that has not ended is pending. */
export const toDeliveryStatus = (status: SagaRecord['status']): PresentedDelivery['status'] =>
  STATUS[status] ?? 'pending';

const toTime = (at: number): string => new Date(at).toISOString();

function presentTry({ startedAt, endedAt, result }: StepRecord): PresentedTry {
  const { status, code } = (result ?? { status: null, code: null }) as TryResult;
  return { startedAt: toTime(startedAt ?? 0), endedAt: endedAt === null ? null : toTime(endedAt), status, code };
}

/** A delivery as the API shows one. */
export function presentDelivery(saga: SagaRecord): PresentedDelivery {
  const { webhookId, type, url } = saga.input as Delivery;
  const status = toDeliveryStatus(saga.status);
  return {
    id: saga.id,
    webhookId,
    event: type,
    receiver: new URL(url).host,
    status,
    code: status === 'failed' ? (saga.failure?.code ?? null) : null,
    createdAt: toTime(saga.createdAt),
    updatedAt: toTime(saga.updatedAt),
    nextTryAt: saga.status === 'waiting' && saga.wakeAt !== null ? toTime(saga.wakeAt) : null,
    tries: saga.steps.filter(({ kind }) => kind === undefined).map(presentTry),
  };
}
