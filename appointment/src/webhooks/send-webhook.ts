import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import got, { type Request } from 'got';
import { Webhook } from 'standardwebhooks';
import { isPublicHost, onlyPublic } from './public-address.ts';

/** One event for one receiver, as it is sent again and again. */
export interface WebhookMessage {
  webhookId: string;
  url: string;
  /** `whsec_…` */
  secret: string;
  body: string;
}

/** What came of one try: the status of the response, or the code of what went wrong. */
export type TryResult = { status: number; code: null } | { status: null; code: string };

export type SendWebhook = (message: WebhookMessage, signal: AbortSignal) => Promise<TryResult>;

export interface SendOptions {
  /** Whether http and private addresses will do. */
  allowPrivate: boolean;
  /** How long a try may take, in milliseconds, the response included; 15,000 where it is left out. */
  timeoutMs?: number;
  /** Milliseconds since the epoch; the signature has the time. */
  now?: () => number;
  /** Resolves names. */
  lookup?: LookupFunction;
}

export const TRY_TIMEOUT_MS = 15_000;
// Of a body nothing is used. It is read all the same, so that a receiver that still writes is not cut off.
const MAX_BODY_BYTES = 16 * 1024;

/**
 * Sends webhooks as Standard Webhooks 1.0 has them. No redirect is followed, no proxy is asked, and each try connects anew, to an
 * address that was checked.
 */
export function createSendWebhook({
  allowPrivate,
  timeoutMs = TRY_TIMEOUT_MS,
  now = Date.now,
  lookup,
}: SendOptions): SendWebhook {
  const http = got.extend({
    followRedirect: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    decompress: false,
    timeout: { request: timeoutMs },
    // Not Node's own agents, which may be told of a proxy by the environment.
    agent: { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) },
    ...(allowPrivate ? lookup && { dnsLookup: lookup } : { dnsLookup: onlyPublic(lookup) }),
    headers: {
      'user-agent': 'appointments-webhooks',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    },
  });

  /** @throws only where `signal` ends the try */
  return async function sendWebhook({ webhookId, url, secret, body }, signal) {
    // Names are checked once they are resolved; an address is not looked up.
    if (!allowPrivate && !(url.startsWith('https:') && isPublicHost(url)))
      return { status: null, code: 'private_address' };
    const at = new Date(now());
    const headers = {
      'webhook-id': webhookId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(webhookId, at, body),
    };
    const request = http.stream.post(url, { headers, body, signal });
    // A receiver may send more than its response. That is an error, also when nobody waits for anything any more.
    request.on('error', () => {});
    // The listener for an upgrade gets the connection, with its errors.
    request.on('upgrade', (_response, socket: Socket) => {
      socket.destroy();
      request.destroy(new Error('the receiver speaks another protocol'));
    });
    try {
      return { status: await readStatus(request), code: null };
    } catch (error) {
      signal.throwIfAborted();
      return { status: null, code: codeOf(error) };
    }
  };
}

async function readStatus(request: Request): Promise<number> {
  const [{ statusCode = 0 }] = (await once(request, 'response')) as [IncomingMessage];
  await readBody(request).catch(() => {});
  return statusCode;
}

async function readBody(request: Request): Promise<void> {
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) return;
  }
}

function codeOf(error: unknown): string {
  const { code = '' } = error as { code?: string };
  switch (code) {
    case 'private_address':
      return code;
    case 'ETIMEDOUT':
      return 'timeout';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'not_resolved';
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'refused';
    default:
      return /CERT|TLS|SSL|EPROTO|SELF_SIGNED|ISSUER/.test(code) ? 'tls_failed' : 'reset';
  }
}
