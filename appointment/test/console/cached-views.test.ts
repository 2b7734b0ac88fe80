import { startStubServer } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { createPeerStates } from '../../src/console/peer-states.ts';
import type { Today } from '../../src/console/today.ts';
import { createTodayCache } from '../../src/console/today-cache.ts';

const client = { name: 'payment', circuit: () => 'closed' as const };

test('When many look at the peers, Then they are asked once in a while; after a long time nobody gets old news', async () => {
  let now = 0;
  await using peer = await startStubServer((_request, response) => void response.writeHead(200).end());
  const peerStates = createPeerStates([{ client, url: peer.url }], () => now);

  const looks = await Promise.all([peerStates(), peerStates(), peerStates()]);
  expect(looks.map(([state]) => state?.readiness)).toEqual(['ready', 'ready', 'ready']);
  expect(peer.requests).toMatchObject([{ path: '/readyz' }]);

  peer.handle((_request, response) => void response.writeHead(503).end());
  now += 60_000;
  expect(await peerStates()).toEqual([{ name: 'payment', circuit: 'closed', readiness: 'not ready' }]);
});

test('When a peer does not listen, Then it is said so', async () => {
  const peerStates = createPeerStates([{ client, url: 'http://127.0.0.1:1' }], Date.now);
  expect(await peerStates()).toMatchObject([{ readiness: 'not responding' }]);
});

test('When many look at today, Then it is counted once in a while; after a long time it is counted anew', async () => {
  let now = 0;
  let counted = 0;
  const read = async () => {
    counted += 1;
    return { since: counted } as Today;
  };
  const today = createTodayCache(read, () => now);

  expect(await Promise.all([today(), today()])).toEqual([{ since: 1 }, { since: 1 }]);
  now += 60_000;
  expect(await today()).toEqual({ since: 2 });
});
