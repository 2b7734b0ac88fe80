import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { respondJson, type StubServer, startStubServer } from '../../testing/index.ts';
import { createPeerClient } from './peer-client.ts';
import { type PeerFailure, PeerUnavailable } from './peer-unavailable.ts';

let peer: StubServer;
// How far the monotonic clock is ahead.
let skewMs: number;

beforeEach(async () => {
  const realNow = performance.now.bind(performance);
  skewMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + skewMs);
  peer = await startStubServer((_request, response) => respondJson(response, 500, {}));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await peer[Symbol.asyncDispose]();
});

function createCalls() {
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000 });
  const outcome = (signal?: AbortSignal): Promise<number | PeerFailure> =>
    client.call('GET', 'things', signal ? { signal } : {}).then(
      ({ status }) => status,
      (error: PeerUnavailable) => error.code,
    );
  return { outcome, circuit: client.circuit };
}

async function repeat<T>(times: number, what: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let time = 0; time < times; time += 1) results.push(await what());
  return results;
}

test('When five calls in a row fail, Then the circuit opens and the next fail at once without a call', async () => {
  const { outcome, circuit } = createCalls();

  expect(await repeat(4, () => outcome())).toEqual(Array(4).fill('http_500'));
  expect(circuit()).toBe('closed');
  await outcome();
  expect(circuit()).toBe('open');

  const began = performance.now();
  expect(await repeat(20, outcome)).toEqual(Array(20).fill('circuit_open'));
  expect(performance.now() - began).toBeLessThan(200);
  expect(peer.requests).toHaveLength(5);
});

test('When calls fail at an open circuit, Then their error says which failure opened it', async () => {
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000 });
  const failure = () => client.call('GET', 'things').catch((error: unknown) => error);
  await repeat(5, failure);

  expect(await failure()).toMatchObject({ code: 'circuit_open', cause: { code: 'http_500' } });

  peer.handle((_request, response) => respondJson(response, 401, {}));
  skewMs += 1_001;
  expect(await failure()).toMatchObject({ code: 'unauthorized' });
  expect(await failure()).toMatchObject({ code: 'circuit_open', cause: { code: 'unauthorized' } });
});

test('When failures are fewer than five in a row, Then the circuit stays closed', async () => {
  const { outcome, circuit } = createCalls();

  await repeat(4, () => outcome());
  peer.handle((_request, response) => respondJson(response, 409, {}));
  expect(await outcome()).toBe(409);
  peer.handle((_request, response) => respondJson(response, 500, {}));
  await repeat(4, () => outcome());

  expect(circuit()).toBe('closed');
});

test('When the peer has recovered, Then one probe call closes the circuit', async () => {
  const { outcome, circuit } = createCalls();
  await repeat(5, outcome);
  const goOn = Promise.withResolvers<void>();
  peer.handle(async (_request, response) => {
    await goOn.promise;
    respondJson(response, 200, {});
  });

  skewMs += 1_001;
  const probe = outcome();
  expect(circuit()).toBe('half_open');
  expect(await repeat(3, outcome)).toEqual(Array(3).fill('circuit_open'));
  goOn.resolve();

  expect(await probe).toBe(200);
  expect(circuit()).toBe('closed');
  expect(await repeat(3, outcome)).toEqual([200, 200, 200]);
});

test('When the peer is still down after the pause, Then one probe call fails and the circuit stays open', async () => {
  const { outcome, circuit } = createCalls();
  await repeat(5, outcome);

  skewMs += 1_001;

  expect(await outcome()).toBe('http_500');
  expect(await outcome()).toBe('circuit_open');
  expect(circuit()).toBe('open');
  expect(peer.requests).toHaveLength(6);
});

test('When callers cancel their calls, Then that does not count against the peer', async () => {
  const { outcome, circuit } = createCalls();
  peer.handle(() => {});

  const gaveUp = await repeat(6, () => {
    const deadline = new AbortController();
    peer.handle(() => deadline.abort());
    return outcome(deadline.signal);
  });

  expect(gaveUp).toEqual(Array(6).fill('cancelled'));
  expect(circuit()).toBe('closed');
});

test('When the probe call is cancelled, Then the circuit stays open', async () => {
  const { outcome, circuit } = createCalls();
  await repeat(5, () => outcome());
  const deadline = new AbortController();
  peer.handle(() => deadline.abort());

  skewMs += 1_001;

  expect(await outcome(deadline.signal)).toBe('cancelled');
  expect(circuit()).toBe('open');
});

test.each<{ thrown: string; error: () => Error; after: string }>([
  { thrown: 'an invalid response', error: () => new PeerUnavailable('peer', 'bad_reply'), after: 'open' },
  { thrown: 'a request still in progress', error: () => new PeerUnavailable('peer', 'in_progress'), after: 'closed' },
  { thrown: 'a 4xx to one request', error: () => new PeerUnavailable('peer', 'http_422'), after: 'closed' },
  { thrown: 'a refusal', error: () => new Error('no'), after: 'closed' },
])('When reading finds $thrown five times, Then the circuit is $after', async ({ error, after }) => {
  peer.handle((_request, response) => respondJson(response, 200, {}));
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000 });
  const read = () => {
    throw error();
  };

  await repeat(5, () => expect(client.call('GET', 'things', { read })).rejects.toThrow());

  expect(client.circuit()).toBe(after);
});

test.each([-3_600_000, 26 * 3_600_000])(
  'When the wall clock is moved by %i ms, Then the circuit keeps its pause',
  async (ms) => {
    const { outcome, circuit } = createCalls();
    const realDate = Date.now.bind(Date);
    await repeat(5, outcome);

    vi.spyOn(Date, 'now').mockImplementation(() => realDate() + ms);
    expect(await outcome()).toBe('circuit_open');
    expect(circuit()).toBe('open');
    skewMs += 1_001;
    expect(await outcome()).toBe('http_500');
  },
);
