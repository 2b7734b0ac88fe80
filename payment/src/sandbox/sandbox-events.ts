import { isIPv6, type Socket } from 'node:net';
import type { Logger } from '@appointments/chassis';
import got from 'got';
import { Webhook } from 'standardwebhooks';
import type { ChargeDecision } from '../gateway.ts';
import type { Challenge } from './challenge-store.ts';

const TIMEOUT_MS = 2_000;

export type SendSandboxEvent = ReturnType<typeof createSandboxEvents>;

/**
 * Sends what a cardholder of the sandbox decided to the payment service, signed and over HTTP as a gateway would.
 *
 * @param secrets `whsec_…`, those that the service verifies events with
 */
export function createSandboxEvents([secret = '']: readonly string[], logger: Logger) {
  const webhook = new Webhook(secret);

  /**
   * Sends one event to the process that a connection leads to. One that fails is lost: the payment service asks as well.
   *
   * @param challenge its decision has one event, however often it is sent
   */
  return async function sendEvent(
    { localAddress = '', localPort }: Pick<Socket, 'localAddress' | 'localPort'>,
    { payment_id, reference }: Challenge,
    decision: ChargeDecision,
  ): Promise<void> {
    const { status, ...details } = decision;
    const body = JSON.stringify({
      type: `charge.${status}`,
      timestamp: new Date().toISOString(),
      data: { reference, ...details },
    });
    const now = new Date();
    const host = isIPv6(localAddress) ? `[${localAddress}]` : localAddress;
    await got
      .post(`http://${host}:${localPort}/payment/gateway-events`, {
        body,
        headers: {
          'content-type': 'application/json',
          'webhook-id': payment_id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
          'webhook-signature': webhook.sign(payment_id, now, body),
        },
        timeout: { request: TIMEOUT_MS },
        retry: { limit: 0 },
      })
      .catch((error: unknown) => logger.warn('the event of the sandbox is lost', { reference, error }));
  };
}
