import { type RawReply, type RawRequest, sendRaw } from '@appointments/chassis/testing';
import type { Send } from '@appointments/chassis/testing/reply-calls';
import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { type Operation, operationsAt, operationsOf } from './api-model.ts';
import { createMisfits } from './misfits.ts';
import { documentedOf } from './mounted-routes.ts';
import { type DocumentedService, startDocumented, WRONG_TOKENS } from './services.ts';

/** Every status of an operation, with the code where it is a problem. */
function documentedReplies({ method, path, responses }: Operation): string[] {
  return Object.entries(responses).flatMap(([status, { content = {} }]) => {
    const codes = content['application/problem+json']?.schema.properties?.code?.enum ?? [];
    const own = Object.keys(content).some((type) => type !== 'application/problem+json') || codes.length === 0;
    return [...(own ? [''] : []), ...codes].map((code) => `${method} ${path} ${status} ${code}`.trimEnd());
  });
}

function replyOf(
  service: DocumentedService,
  { method, path }: RawRequest,
  { status, headers, text }: RawReply,
): string {
  const at = operationsAt(operationsOf(service.document), path).find((operation) => operation.method === method);
  const code = headers['content-type']?.startsWith('application/problem+json') ? JSON.parse(text).code : '';
  return `${method} ${at?.path} ${status} ${code}`.trimEnd();
}

// Replies of a broken service, gateway or peer; the services' own tests break them.
const NOT_SEEN_HERE = [
  / 500 internal_error$/,
  / 503( |$)/,
  / 409 request_in_progress$/,
  / 404 payment_undecided$/,
  / 403 operator_token_not_set$/,
  / 4XX$/,
  // They need a booking that cannot end, and compensating it is slow.
  /POST \/bookings\/\{id\}\/(retry|pause|resume|resolution) 200$/,
  /PUT \/bookings\/\{id\}\/cancellation 202$/,
  // It needs a service that is away.
  /POST \/erasures 202$/,
];

/** Wrong tokens until all routes that limit them refuse to look at one. */
async function guessTokens({ document, url }: DocumentedService, send: Send): Promise<void> {
  const limited = operationsOf(document).filter(({ responses }) => '429' in responses);
  const [first] = limited;
  if (!first) return;
  const guess = (count: number, { method, path }: Operation) => ({
    method,
    path: path.replaceAll(/\{\w+\}/g, 'none'),
    headers: { authorization: `Bearer guess-${count}` },
  });
  // More at a time than one after the other, past the checks that every reply of `send` gets.
  await Promise.all(Array.from({ length: WRONG_TOKENS.quota + 1 }, (_, count) => sendRaw(url, guess(count, first))));
  for (const operation of limited) await send(guess(0, operation));
}

test.each(SERVICE_NAMES)(
  'When the %s service is brought to each reply that it documents, Then every one fits its schema',
  async (name) => {
    await using service = await startDocumented(name);
    const misfits = createMisfits(service.document);
    const seen = new Set<string>();
    const send = async (request: RawRequest) => {
      const reply = await service.send({ ...request, headers: { ...service.authorized, ...request.headers } });
      expect(misfits(request, reply), `${request.method} ${request.path}: ${reply.text}`).toEqual([]);
      seen.add(replyOf(service, request, reply));
      return reply;
    };
    const { calls } = await documentedOf(name);
    await calls(send);
    await guessTokens(service, send);
    const documented = operationsOf(service.document).flatMap(documentedReplies);
    const missing = documented.filter((reply) => !seen.has(reply) && !NOT_SEEN_HERE.some((hard) => hard.test(reply)));
    expect(missing).toEqual([]);
  },
);
