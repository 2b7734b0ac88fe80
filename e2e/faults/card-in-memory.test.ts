import {
  respondJson,
  type StubHandler,
  startStubServer,
  temporaryFolder,
  waitUntil,
} from '@appointments/chassis/testing';
import { afterAll, expect, test } from 'vitest';
import { findCards } from '../src/card-traces.ts';
import { book } from '../src/faults/booking-client.ts';
import type { FaultRule } from '../src/faults/fault-rules.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { heapSnapshotArguments, takeHeapSnapshot } from '../src/faults/heap-snapshot.ts';
import { bookingFor, CARDS } from '../src/faults/sample-bookings.ts';
import { expectAllEnded } from '../src/faults/verdict.ts';

const CANARY = '4929123456781234';
const STEP_MS = 600;

const reply = (status: number, body: object): StubHandler => {
  return (_request, response) => respondJson(response, status, body);
};
const SETTLES = reply(200, { status: 'settled' });

let charge = SETTLES;
const owned = new AsyncDisposableStack();
afterAll(() => owned.disposeAsync());
const folder = owned.use(temporaryFolder());
// It reverses all that it is asked to: the last call to it that fails is a charge.
const gateway = owned.use(
  await startStubServer((request, response) => (request.path === '/charges' ? charge : SETTLES)(request, response)),
);
const stack = owned.use(
  await createFaultStack({
    proxied: true,
    env: {
      STEP_TIMEOUT_MS: String(STEP_MS),
      BOOKING_DEADLINE_MS: String(4 * STEP_MS),
      PAYMENT_GATEWAY_URL: gateway.url,
      GATEWAY_TIMEOUT_MS: String(STEP_MS / 4),
    },
    nodeArguments: heapSnapshotArguments(folder.path),
  }),
);
await stack.startAll();
const payment = stack.proxyOf('payment');

let day = 0;
async function bookNext(cardNum: string): Promise<number | undefined> {
  day += 1;
  const seen = await book(stack.addresses.appointment, bookingFor(day, { cardNum }), { key: `booking-${day}` });
  return seen?.status;
}

interface Trouble {
  what: string;
  charge?: StubHandler;
  pay?: Pick<FaultRule, 'on' | 'fault'>;
  isDown?: boolean;
  status: number;
}

const TROUBLES: Trouble[] = [
  { what: 'is settled', status: 200 },
  { what: 'is declined', charge: reply(402, { status: 'declined' }), status: 402 },
  { what: 'is refused', charge: reply(422, { card: CANARY }), status: 402 },
  { what: 'finds payment down', isDown: true, status: 503 },
  { what: 'is cut off from payment', pay: { on: 'request', fault: 'reset' }, status: 503 },
  { what: 'is never answered by payment', pay: { on: 'request', fault: 'hold' }, status: 503 },
  { what: 'is paid, but never told so', pay: { on: 'response', fault: 'hold' }, status: 503 },
  { what: 'is cut off from the gateway', charge: (_request, response) => response.destroy() as never, status: 503 },
  { what: 'is never answered by the gateway', charge: () => {}, status: 503 },
  { what: 'is failed by the gateway', charge: reply(500, { card: CANARY }), status: 503 },
];

test.each(TROUBLES)('When a booking $what and has ended, Then no process keeps its card number', async (trouble) => {
  await waitUntil('bookings succeed', async () => (await bookNext(CARDS.settles)) === 200, 5_000);
  charge = trouble.charge ?? SETTLES;
  if (trouble.pay) payment.arm({ ...trouble.pay, call: 'pay', times: Number.POSITIVE_INFINITY });
  if (trouble.isDown) await payment.refuse();
  expect(await bookNext(CANARY)).toBe(trouble.status);
  if (trouble.isDown) await payment.accept();
  await expectAllEnded(stack.addresses);
  payment.heal();
  await payment.releaseHeld();
  charge = SETTLES;
  for (const name of ['appointment', 'payment'] as const) {
    const snapshot = await takeHeapSnapshot(folder.path, stack.processOf(name), stack.addresses[name]);
    // The documentation has this one, so that it shows what a card in memory looks like.
    expect(findCards(snapshot, [CARDS.declined]), name).not.toEqual([]);
    expect(findCards(snapshot, [CANARY]), name).toEqual([]);
  }
});
