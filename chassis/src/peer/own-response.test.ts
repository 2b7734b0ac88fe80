import { expect, test } from 'vitest';
import { respondJson, type SeenRequest, startStubServer } from '../../testing/index.ts';
import { createRequestContext, runInRequestContext } from '../telemetry/request-context.ts';
import { createPeerClient } from './peer-client.ts';

/** What one call comes to, to a peer that returns these headers. */
async function outcomeOf(returned: (request: SeenRequest) => Record<string, string>, returnsRequestId = false) {
  await using peer = await startStubServer((request, response) => {
    for (const [name, value] of Object.entries(returned(request))) response.setHeader(name, value);
    respondJson(response, 200, {});
  });
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000, returnsRequestId });
  return await runInRequestContext(createRequestContext({ requestId: 'req-1' }), () =>
    client.call('POST', 'things', { json: {} }).then(
      ({ status }) => status,
      ({ code, noSideEffect, retryable }) => ({ code, noSideEffect, retryable }),
    ),
  ).finally(client.close);
}

const MISROUTED = { code: 'misrouted', noSideEffect: false, retryable: true };
const callIdOf = ({ headers }: SeenRequest) => ({ 'x-call-id': String(headers['x-call-id']) });

test('When calls are made in one request, Then each has an id of its own', async () => {
  await using peer = await startStubServer((_request, response) => respondJson(response, 200, {}));
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000 });

  await runInRequestContext(createRequestContext({ requestId: 'req-1' }), async () => {
    await client.call('GET', 'things');
    await client.call('GET', 'things');
  });

  const ids = peer.requests.map(({ headers }) => headers['x-call-id']);
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)]);
  expect(new Set(ids).size).toBe(2);
});

test.each<[string, Parameters<typeof outcomeOf>[0], boolean, unknown]>([
  ["the call's own id", callIdOf, false, 200],
  ["another call's id", () => ({ 'x-call-id': 'another' }), false, MISROUTED],
  ['two ids', (request) => ({ 'x-call-id': `${callIdOf(request)['x-call-id']}, another` }), false, MISROUTED],
  ['nothing', () => ({}), true, 200],
  ['the request id alone', () => ({ 'x-request-id': 'req-1' }), true, 200],
  ['another request id', () => ({ 'x-request-id': 'another' }), true, MISROUTED],
  [
    'the call id, and a request id that a proxy made',
    (call) => ({ ...callIdOf(call), 'x-request-id': 'x' }),
    true,
    200,
  ],
  ['a request id of its own, as a gateway may', () => ({ 'x-request-id': 'another' }), false, 200],
])(
  'When the peer returns %s, Then the response is believed or not',
  async (_what, returned, returnsRequestId, outcome) => {
    expect(await outcomeOf(returned, returnsRequestId)).toEqual(outcome);
  },
);

test('When a response was not the call’s own, Then its connection is not used again', async () => {
  const ports: unknown[] = [];
  await using peer = await startStubServer((_request, response) => {
    ports.push(response.socket?.remotePort);
    if (ports.length === 1) response.setHeader('x-call-id', 'another');
    respondJson(response, 200, {});
  });
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000 });

  await expect(client.call('GET', 'things')).rejects.toMatchObject({ code: 'misrouted' });
  await client.call('GET', 'things');

  expect(new Set(ports).size).toBe(2);
});
