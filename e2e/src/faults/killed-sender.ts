import { waitUntil } from '@appointments/chassis/testing';
import { expect } from 'vitest';
import { readStores, type StackAddresses } from '../../../scripts/read-stores.ts';
import { BACKEND_NAMES } from '../../../services.ts';
import { book } from './booking-client.ts';
import { createClientLedger } from './client-ledger.ts';
import { type FailingReceiver, startFailingReceiver } from './failing-receiver.ts';
import { createFaultStack } from './fault-stack.ts';
import { bookingFor, CARDS } from './sample-bookings.ts';
import type { CommitStrike } from './strike.ts';
import { expectAllEnded, expectRecovered } from './verdict.ts';

// The wait after the first try that failed, and what a busy machine takes.
const DELIVERY_PATIENCE_MS = 60_000;

const EVENTS: Record<string, string> = { confirmed: 'confirmed', failed: 'failed', compensated: 'failed' };

/**
 * Waits until the outcome of every booking has been taken; fails where one is told under two ids, or one too many.
 *
 * @param besides what is told as well, as in `<id> booking.requires_action`
 */
export async function expectAllTold(
  stack: StackAddresses,
  receiver: FailingReceiver,
  besides: readonly string[] = [],
): Promise<void> {
  const { bookings } = await readStores(stack);
  const outcomes = bookings.map(({ id, status }) => `${id} booking.${EVENTS[status] ?? status}`);
  const due = [...outcomes, ...besides].sort();
  const missing = () => {
    const told = receiver.told();
    return due.filter((name) => !told.get(name)?.taken);
  };
  await waitUntil('every outcome is told', () => missing().length === 0, DELIVERY_PATIENCE_MS).catch(() => {
    expect(missing(), 'never told').toEqual([]);
  });
  const told = receiver.told();
  expect([...told.keys()].sort()).toEqual(due);
  const unlike = [...told].filter(([, { webhookIds, bodies }]) => webhookIds.size !== 1 || bodies.size !== 1);
  expect(unlike, 'under two ids').toEqual([]);
  expect(receiver.areVerified()).toBe(true);
}

/** A moment of a delivery at which the orchestrator is killed. */
export interface SendingMoment {
  at: string;
  kill: CommitStrike | { on: 'received' | 'answered' };
  /** How many tries of each webhook fail. */
  failures: number;
}

/** A stack whose orchestrator is killed while it tells a receiver of a booking, over and over. */
export async function createKilledSender({ kill, failures }: SendingMoment) {
  await using opened = new AsyncDisposableStack();
  const strike = 'when' in kill ? kill : undefined;
  const armed = { on: undefined as string | undefined };
  const receiver = opened.use(
    await startFailingReceiver({
      failures,
      onTry(moment) {
        if (armed.on !== moment) return;
        armed.on = undefined;
        stack.processOf('appointment').kill('SIGKILL');
      },
    }),
  );
  const stack = opened.use(await createFaultStack({ env: receiver.env }));
  const { addresses } = stack;
  const clients = createClientLedger();
  await Promise.all([...BACKEND_NAMES.map((name) => stack.start(name)), stack.start('appointment', { strike })]);

  async function killAndRecover(round: number): Promise<void> {
    const key = `round-${round}`;
    // Every other one fails.
    const request = bookingFor(round, round % 2 ? { cardNum: CARDS.declined } : {});
    const exited = stack.exited('appointment');
    if ('on' in kill) armed.on = kill.on;
    clients.note(await book(addresses.appointment, request, { key, strike: strike !== undefined }));
    expect(await exited, 'killed').toBeNull();
    await stack.start('appointment', { strike });
    await expectAllEnded(addresses);
    clients.note(await book(addresses.appointment, request, { key }));
  }

  async function expectTold(): Promise<void> {
    await expectRecovered(addresses, clients);
    await expectAllTold(addresses, receiver);
  }

  const owned = opened.move();
  return { killAndRecover, expectTold, tries: receiver.tries, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
