import { signWebhook, waitUntil } from '@appointments/chassis/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WEBHOOK_SECRET } from '../../payment/test/payment-service.ts';
import { CHALLENGED_CARD } from '../../payment/test/stub-psp.ts';
import { book, type SeenReply } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { type ReplicaStack, startReplicaStack } from '../src/replicas/replica-stack.ts';

let stack: ReplicaStack;
const clients = createClientLedger();
beforeAll(async () => {
  stack = await startReplicaStack({ orchestrators: 2, env: { PAYMENT_ACTION_TIMEOUT_MS: '60000' } });
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const ask = (index: 0 | 1, day: number) =>
  book(stack.orchestrators[index].url, bookingFor(day, { cardNum: CHALLENGED_CARD }), { key: `holder-${day}` });

/** A booking that waits for its cardholder, begun at the first orchestrator. */
async function begin(day: number): Promise<string> {
  const reply = await ask(0, day);
  expect([reply?.status, reply?.json.status]).toEqual([202, 'requires_action']);
  return reply?.bookingId as string;
}

/** Asks one orchestrator under the client's key until the booking has ended. */
async function end(index: 0 | 1, day: number): Promise<SeenReply> {
  let reply: SeenReply | undefined;
  await waitUntil('the booking has ended', async () => {
    reply = await ask(index, day);
    return reply !== undefined && reply.status !== 202 && reply.json.code !== 'request_in_progress';
  });
  return clients.note(reply) as SeenReply;
}

async function emit(index: 0 | 1, reference: string): Promise<number> {
  const body = JSON.stringify({ type: 'charge.settled', data: { reference } });
  const headers = signWebhook({ secret: WEBHOOK_SECRET, id: `event-${reference}`, body });
  return (await fetch(`${stack.payments[index].url}/payment/gateway-events`, { method: 'POST', headers, body })).status;
}

test('When the event comes to another replica than took the payment, Then the booking is confirmed at either orchestrator', async () => {
  const reference = await begin(1);
  expect(await emit(1, reference)).toBe(200);
  expect((await end(1, 1)).status).toBe(200);
  expect((await end(0, 1)).text).toBe((await end(1, 1)).text);
  await expectRecovered(stack.addresses, clients);
});

test('When one event comes to both replicas at once, Then it counts once', async () => {
  const reference = await begin(2);
  expect(await Promise.all([emit(0, reference), emit(1, reference)])).toEqual([200, 200]);
  expect((await end(0, 2)).status).toBe(200);
  await expectRecovered(stack.addresses, clients);
});

test('When the replicas that began it are killed, Then the others settle and confirm it', async () => {
  const reference = await begin(3);
  await Promise.all([stack.orchestrators[0].kill(), stack.payments[0].kill()]);
  expect(await emit(1, reference)).toBe(200);
  expect((await end(1, 3)).status).toBe(200);
  await Promise.all([stack.orchestrators[0].start(), stack.payments[0].start()]);
  await expectRecovered(stack.addresses, clients);
});

test('When the event is lost, Then a replica asks the gateway', async () => {
  const reference = await begin(4);
  stack.gateway.decidedLater.set(reference, { status: 'settled' });
  expect((await end(0, 4)).status).toBe(200);
  await expectRecovered(stack.addresses, clients);
});
