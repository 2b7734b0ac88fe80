import type { ApiDocument } from '@appointments/chassis';
import type { WebhookEndpoint } from '../../appointment/src/webhooks/endpoints.ts';
import { startStack } from '../../appointment/test/appointment-stack.ts';
import { startPaymentService } from '../../payment/test/payment-service.ts';
import { startReservationService } from '../../reservation/test/reservation-service.ts';
import type { ServiceName } from '../../services.ts';
import { type RawReply, type RawRequest, sendRaw } from './raw-http.ts';

// One token opens the routes of services and of operators, so that every request can carry it.
const TOKEN = 'a-token-for-everything';

/** How many wrong tokens are answered with 401: more than the calls and the fuzz tests send. */
export const WRONG_TOKENS = { quota: 1_000, windowSeconds: 600 };

// A receiver of webhooks that is not there.
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const NOBODY: WebhookEndpoint = { url: 'http://127.0.0.1:1/', secret: SECRET, events: ['booking.confirmed'] };

/** A service that runs, with the document that it serves. */
export interface DocumentedService extends AsyncDisposable {
  url: string;
  document: ApiDocument;
  /** The headers that open every route. */
  authorized: Record<string, string>;
  send(request: RawRequest): Promise<RawReply>;
}

async function documented(url: string, token: string, close: () => Promise<void>): Promise<DocumentedService> {
  const authorized = { authorization: `Bearer ${token}` };
  const reply = await sendRaw(url, { method: 'GET', path: '/openapi.json', headers: authorized });
  return {
    url,
    document: JSON.parse(reply.text),
    authorized,
    send: (request) => sendRaw(url, request),
    [Symbol.asyncDispose]: close,
  };
}

async function startReservation(): Promise<DocumentedService> {
  const service = await startReservationService({ serviceToken: TOKEN });
  return documented(service.url, TOKEN, () => service[Symbol.asyncDispose]());
}

async function startPayment(): Promise<DocumentedService> {
  const service = await startPaymentService({ serviceToken: TOKEN });
  return documented(service.url, TOKEN, () => service[Symbol.asyncDispose]());
}

/** The orchestrator with both real peers. */
async function startAppointment(): Promise<DocumentedService> {
  const stack = await startStack({
    operatorToken: TOKEN,
    serviceToken: TOKEN,
    endpoints: [NOBODY],
    wrongTokens: WRONG_TOKENS,
  });
  return documented(stack.url(), TOKEN, () => stack[Symbol.asyncDispose]());
}

/** Starts a service by its name, over a fresh store and asking for its token. */
export const START_SERVICE: Record<ServiceName, () => Promise<DocumentedService>> = {
  reservation: startReservation,
  payment: startPayment,
  appointment: startAppointment,
};
