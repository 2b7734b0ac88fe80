import type { ApiDocument, Tokens } from '@appointments/chassis';
import { type RawReply, type RawRequest, sendRaw, startTestService } from '@appointments/chassis/testing';
import type { WebhookEndpoint } from '../../appointment/src/webhooks/endpoints.ts';
import { startStack } from '../../appointment/test/appointment-stack.ts';
import { openBackend } from '../../appointment/test/open-backend.ts';
import type { BackendName, ServiceName } from '../../services.ts';

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

async function documented(url: string, tokens: Tokens, close: () => Promise<void>): Promise<DocumentedService> {
  const authorized = { authorization: `Bearer ${[tokens].flat()[0]}` };
  const reply = await sendRaw(url, { method: 'GET', path: '/openapi.json', headers: authorized });
  return {
    url,
    document: JSON.parse(reply.text),
    authorized,
    send: (request) => sendRaw(url, request),
    [Symbol.asyncDispose]: close,
  };
}

/** The orchestrator with its real peers. */
async function startAppointment(): Promise<DocumentedService> {
  const stack = await startStack({
    operatorToken: TOKEN,
    serviceToken: TOKEN,
    endpoints: [NOBODY],
    wrongTokens: WRONG_TOKENS,
  });
  return documented(stack.url(), TOKEN, () => stack[Symbol.asyncDispose]());
}

/** Starts a backend by its name, over a fresh store and asking for one of these tokens. */
export async function startBackend(name: BackendName, serviceToken: Tokens): Promise<DocumentedService> {
  const service = await startTestService(name, (parts) => openBackend(name, { ...parts, serviceToken }));
  return documented(service.url, serviceToken, () => service[Symbol.asyncDispose]());
}

/** Starts a service by its name, over a fresh store and asking for its token. */
export const startDocumented = (name: ServiceName): Promise<DocumentedService> =>
  name === 'appointment' ? startAppointment() : startBackend(name, TOKEN);
