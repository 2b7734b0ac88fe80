import { type Duration, defineSaga, defineStep, Refusal, type StepCall } from 'durable-saga';
import type { WebhookEndpoint } from './endpoints.ts';
import type { WebhookEvent } from './events.ts';
import { createHangingReceivers } from './hanging-receivers.ts';
import { type SendWebhook, TRY_TIMEOUT_MS, type TryResult } from './send-webhook.ts';

/** What a delivery is begun with, and all that it needs but for the secret. */
export type Delivery = {
  webhookId: string;
  type: WebhookEvent;
  url: string;
  /** The same bytes in every try. */
  body: string;
};

export type DeliverWebhook = ReturnType<typeof createDeliverWebhook>;

/** The name of deliveries in the saga log. */
export const DELIVERY_SAGA = 'deliver-webhook';

// 72 hours in all. Sagas under way have the names of these waits in their logs: other waits are another version.
/** How long a delivery waits after each try that failed; after the last of all it is given up. */
export const WAITS: readonly Duration[] = [
  ...(['10s', '50s', '2m', '7m', '20m', '30m', '1h', '2h'] as const),
  ...(['4h', '6h', '8h', '10h', '12h', '14h', '14h'] as const),
];

const GONE = 410;
const REMOVED = 'endpoint_removed';

/** Whether a receiver has taken the event. */
export const isTaken = (status: number | null): boolean => status !== null && status >= 200 && status < 300;

/**
 * Delivers one event to one receiver: tries until a 2xx comes, with growing waits, for three days. 410 ends it. Each try has the same
 * `webhook-id` and body, and its own time in the signature.
 *
 * @param endpoints their secrets are not in the log: a try is signed with the secret that its URL has now
 */
export function createDeliverWebhook({
  endpoints,
  send,
}: {
  endpoints: readonly WebhookEndpoint[];
  send: SendWebhook;
}) {
  const secrets = new Map(endpoints.map(({ url, secret }) => [url, secret]));
  const attempt = createHangingReceivers();

  const tryOnce = defineStep('try', {
    // It ends by itself before that.
    timeoutMs: 2 * TRY_TIMEOUT_MS,
    async run({ input: { webhookId, url, body }, signal }: StepCall<Delivery>): Promise<TryResult> {
      const secret = secrets.get(url);
      if (secret === undefined) return { status: null, code: REMOVED };
      return attempt(url, () => send({ webhookId, url, secret, body }, signal));
    },
  });

  return defineSaga(DELIVERY_SAGA, {
    steps: [tryOnce],
    retention: '30d',
    async run(saga, delivery: Delivery) {
      for (let ordinal = 1; ; ordinal += 1) {
        const { status, code } = await saga.step(tryOnce, delivery, { key: String(ordinal) });
        if (isTaken(status)) return { status };
        if (status === GONE) throw new Refusal('gone');
        if (code === REMOVED) throw new Refusal(REMOVED);
        const wait = WAITS[ordinal - 1];
        if (wait === undefined) throw new Refusal('given_up');
        await saga.sleep(`wait ${ordinal}`, wait);
      }
    },
  });
}
