import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { book, type SeenReply } from '../src/faults/booking-client.ts';
import { type ClientLedger, createClientLedger } from '../src/faults/client-ledger.ts';
import { expectFailureReply } from '../src/faults/failure-reply.ts';
import { createFaultStack, type FaultStack } from '../src/faults/fault-stack.ts';
import { bookingFor, CARDS, dayOf } from '../src/faults/sample-bookings.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

let stack: FaultStack;
let clients: ClientLedger;

beforeAll(async () => {
  stack = await createFaultStack();
  await stack.startAll();
});

afterAll(() => stack[Symbol.asyncDispose]());

beforeEach(() => {
  clients = createClientLedger();
});

/** Sends all at once; every client must get a reply. */
async function bookAll(bookings: Array<{ day: number; key?: string; cardNum?: string }>): Promise<SeenReply[]> {
  const replies = bookings.map(({ day, key, cardNum }) => {
    return book(stack.addresses.appointment, bookingFor(day, cardNum ? { cardNum } : {}), key ? { key } : {});
  });
  return (await Promise.all(replies)).map((reply) => {
    if (!clients.note(reply)) throw new Error('a client got no reply');
    return reply as SeenReply;
  });
}

async function slotsOf(day: number): Promise<boolean[]> {
  const url = `${stack.addresses.reservation}/reservation/doctors/John%20Doe/slots?date=${dayOf(day)}`;
  const slots = (await (await fetch(url)).json()) as Array<{ free: boolean }>;
  return slots.map(({ free }) => free);
}

test('When 50 parallel posts carry one key, Then there is one booking and every 200 is the same', async () => {
  const replies = await bookAll(Array.from({ length: 50 }, () => ({ day: 1, key: 'one-key' })));
  const statuses = new Set(replies.map(({ status }) => status));
  expect([...statuses].filter((status) => status !== 200 && status !== 409)).toEqual([]);
  const bodies = new Set(replies.filter(({ status }) => status === 200).map(({ text }) => text));
  expect(bodies.size).toBe(1);
  expect((await bookAll([{ day: 1, key: 'one-key' }])).map(({ text }) => text)).toEqual([...bodies]);
  expect((await slotsOf(1)).filter((free) => !free)).toHaveLength(1);
  await expectRecovered(stack.addresses, clients);
});

test('When 60 clients want one doctor on one day, Then each slot is sold once and everyone else gets 409', async () => {
  const slots = await slotsOf(2);
  const replies = await bookAll(Array.from({ length: 60 }, () => ({ day: 2 })));
  const served = replies.filter(({ status }) => status === 200);
  expect(served).toHaveLength(slots.length);
  expect(new Set(served.map(({ json }) => json.time)).size).toBe(slots.length);
  for (const reply of replies.filter(({ status }) => status !== 200)) {
    expect(reply.status).toBe(409);
    expectFailureReply(reply);
  }
  await expectRecovered(stack.addresses, clients);
});

test('When a card is declined, Then its slot is free again within a second', async () => {
  const [declined] = await bookAll([{ day: 3, cardNum: CARDS.declined }]);
  const repliedAt = performance.now();
  expect(declined?.status).toBe(402);
  await expect.poll(async () => (await slotsOf(3)).every(Boolean), { timeout: 1_000, interval: 10 }).toBe(true);
  const free = (await slotsOf(3)).length;
  const replies = await bookAll(Array.from({ length: free }, () => ({ day: 3 })));
  expect(performance.now() - repliedAt).toBeLessThan(2_000);
  expect(replies.map(({ status }) => status)).toEqual(Array(free).fill(200));
  await expectRecovered(stack.addresses, clients);
});
