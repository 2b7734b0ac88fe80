import { expect, test } from 'vitest';
import type { ServiceName } from '../../services.ts';
import { type BackendReply, callBackends } from '../src/faults/backend-calls.ts';
import { book } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack, type FaultStack } from '../src/faults/fault-stack.ts';
import { bookingFor, CARDS, dayOf } from '../src/faults/sample-bookings.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

const REQUESTS = 500;
const SEEN_BEFORE_THE_KILL = 100;

/** Sends 500 requests at once and kills the service once some have replies. */
async function killAmong<Reply extends { status: number }>(
  stack: FaultStack,
  service: ServiceName,
  send: (number: number) => Promise<Reply | undefined>,
): Promise<Map<number, Reply>> {
  const seen = new Map<number, Reply>();
  // At the reply itself: whoever looks now and then may look when all have theirs.
  const some = Promise.withResolvers<void>();
  const sending = Array.from({ length: REQUESTS }, async (_, number) => {
    const reply = await send(number).catch(() => undefined);
    if (reply) seen.set(number, reply);
    if (seen.size === SEEN_BEFORE_THE_KILL) some.resolve();
  });
  await Promise.race([some.promise, Promise.all(sending)]);
  await stack.kill(service);
  await Promise.all(sending);
  await stack.start(service);
  return seen;
}

/** Every 200 that was seen is replayed byte for byte, and no key is stuck. */
async function expectKept(
  seen: Map<number, BackendReply>,
  send: (number: number) => Promise<BackendReply>,
): Promise<void> {
  expect(seen.size).toBeLessThan(REQUESTS);
  for (let number = 0; number < REQUESTS; number += 1) {
    const again = await send(number);
    const first = seen.get(number);
    if (first?.status === 200) expect(again.text).toBe(first.text);
    expect(again.json.code).not.toBe('request_in_progress');
  }
}

test('When reservation is killed among 500 requests, Then every 200 is kept and no key is stuck', async () => {
  await using stack = await createFaultStack();
  await stack.start('reservation');
  const { create } = callBackends(stack.addresses);
  const send = (number: number) => create(`load-${number}`, { doctor: 'Farid Haddad', date: dayOf(number % 60) });
  await expectKept(await killAmong(stack, 'reservation', send), send);
});

test('When payment is killed among 500 requests, Then every 200 is kept and no key is stuck', async () => {
  await using stack = await createFaultStack();
  await stack.start('payment');
  const { pay } = callBackends(stack.addresses);
  const send = (number: number) => pay(`load-${number}`, CARDS.settles);
  await expectKept(await killAmong(stack, 'payment', send), send);
});

test('When the orchestrator is killed among 500 bookings, Then every 200 is kept and no key is stuck', async () => {
  await using stack = await createFaultStack({ env: { MAX_IN_FLIGHT: '1000' } });
  await stack.startAll();
  const clients = createClientLedger();
  const send = async (number: number) => {
    const reply = await book(stack.addresses.appointment, bookingFor(number % 120), { key: `load-${number}` });
    clients.note(reply);
    return reply;
  };
  const seen = await killAmong(stack, 'appointment', send);
  expect(seen.size).toBeLessThan(REQUESTS);
  await expectRecovered(stack.addresses, clients);
  for (const [number, first] of seen) {
    if (first.status !== 200) continue;
    expect((await send(number))?.text).toBe(first.text);
  }
  for (let number = 0; number < REQUESTS; number += 1) {
    expect((await send(number))?.json.code).not.toBe('request_in_progress');
  }
  await expectRecovered(stack.addresses, clients);
});
