import { waitUntil } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVisitor } from '../../appointment/test/console/operator.ts';
import { bookOrThrow, cancelBooking } from '../src/faults/booking-client.ts';
import { LATER_FUNCTIONS, RENAMED, RENAMED_FORMERLY, WITH_A_NOTE } from '../src/faults/changed-function.ts';
import { type ClientLedger, createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack, type FaultStack, OPERATOR_TOKEN } from '../src/faults/fault-stack.ts';
import { bookingFor, dayOf } from '../src/faults/sample-bookings.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { type Change, copyOrchestrator } from '../src/other-version.ts';

type Later = keyof typeof LATER_FUNCTIONS;

const WITHOUT_UNDO: Later = 'no longer calls a step that has no undo';
const LATER = Object.entries(LATER_FUNCTIONS) as Array<[Later, Change[]]>;

interface Made {
  id: string;
  day: number;
}

const versions = new DisposableStack();
let stack: FaultStack;
let clients: ClientLedger;
let days = 0;
/** One booking for each later function, made by the function of before. */
const earlier = new Map<Later | 'renamed', Made>();

/** Stops the orchestrator, as a deployment does, and starts it with a changed function. */
async function deploy(changes: readonly Change[]): Promise<void> {
  await stack.stop('appointment');
  const { path } = versions.use(copyOrchestrator(changes));
  await stack.start('appointment', { sources: path });
}

async function makeBooking(): Promise<Made> {
  days += 1;
  const reply = await bookOrThrow(stack.addresses.appointment, bookingFor(days));
  clients.note(reply);
  expect(reply.status).toBe(200);
  return { id: reply.bookingId as string, day: days };
}

const earlierFor = (what: Later | 'renamed') => earlier.get(what) as Made;

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever members it expects.
const read = async (url: string): Promise<any> => (await fetch(url)).json();
const show = ({ id }: Made) => read(`${stack.addresses.appointment}/bookings/${id}`);

/** What is left of a booking: what became of its money, and whether any slot of its day is taken. */
async function leftOf({ id, day }: Made) {
  const { reservation, payment } = stack.addresses;
  const slots: Array<{ free: boolean }> = await read(
    `${reservation}/reservation/doctors/John%20Doe/slots?date=${dayOf(day)}`,
  );
  const { payment_status } = await read(`${payment}/payment/payments/${id}`);
  return { money: payment_status, slotIsFree: slots.every(({ free }) => free) };
}

function cancel(made: Made): Promise<number | undefined> {
  clients.noteCancelled(made.id);
  return cancelBooking(stack.addresses, made.id);
}

const GIVEN_BACK = { money: 'refunded', slotIsFree: true };

beforeAll(async () => {
  clients = createClientLedger();
  stack = await createFaultStack({ keepLogs: true });
  await stack.startAll();
  for (const [what] of LATER) if (what !== WITHOUT_UNDO) earlier.set(what, await makeBooking());
  earlier.set('renamed', await makeBooking());
  await deploy(WITH_A_NOTE);
  earlier.set(WITHOUT_UNDO, await makeBooking());
}, 60_000);

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  versions.dispose();
});

describe('a booking that was confirmed by an earlier function', () => {
  test.each(LATER)('When the function %s, Then it is cancelled: money back, slot free', async (what, changes) => {
    const old = earlierFor(what);
    await deploy(changes);

    expect(await cancel(old)).toBe(200);

    expect((await show(old)).status).toBe('cancelled');
    expect(await leftOf(old)).toEqual(GIVEN_BACK);
    const own = await makeBooking();
    expect(await cancel(own)).toBe(200);
    expect(await leftOf(own)).toEqual(GIVEN_BACK);
    await expectRecovered(stack.addresses, clients);
  });

  test('When `pay` has another name, Then it is stuck for all to see until the step says its former one', async () => {
    const old = earlierFor('renamed');
    await deploy(RENAMED);

    expect(await cancel(old)).toBe(202);

    expect(await show(old)).toMatchObject({ status: 'stuck', reason: 'step_unknown: pay' });
    expect(await leftOf(old)).toEqual({ money: 'settled', slotIsFree: false });
    expect(await consolePageOf(old)).toContain('step_unknown: pay');
    expect(await metrics()).toMatch(/^bookings_stuck_total\{step="pay",reason="step_unknown"\} [1-9]/m);
    expect(await warningsOf(old)).toContainEqual(
      expect.objectContaining({ message: 'saga stuck', reason: 'step_unknown: pay' }),
    );

    await deploy(RENAMED_FORMERLY);
    await waitUntil('it is cancelled', async () => (await show(old)).status === 'cancelled');
    expect(await leftOf(old)).toEqual(GIVEN_BACK);
    expect(await show(old)).not.toHaveProperty('reason');
    await expectRecovered(stack.addresses, clients);
  });
});

async function consolePageOf({ id }: Made): Promise<string> {
  const operator = createVisitor(() => stack.addresses.appointment);
  await operator.signIn(OPERATOR_TOKEN);
  return (await operator.get(`/console/bookings/${id}`)).text;
}

const metrics = async () => (await fetch(`${stack.addresses.appointment}/metrics`)).text();

/** The warnings that the orchestrator has logged about a booking, parsed. */
async function warningsOf({ id }: Made): Promise<unknown[]> {
  const lines = stack.logOf('appointment').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).filter(({ level, saga }) => level === 'warn' && saga === id);
}
