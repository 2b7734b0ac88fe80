import { waitUntil } from '@appointments/chassis/testing';
import { WRITTEN_BOOKINGS, type WrittenBooking } from '../written-bookings.ts';
import type { CallName } from './interposed.ts';
import type { WrittenStack } from './written-stack.ts';

const PATIENCE_MS = 30_000;

function bookingNamed(name: string): WrittenBooking {
  const found = WRITTEN_BOOKINGS.find((booking) => booking.name === name);
  if (!found) throw new Error(`no booking is named ${name}`);
  return found;
}

/** Brings every one of `WRITTEN_BOOKINGS` to where it is to be when the processes are killed, and kills them. */
export async function makeBookings(stack: WrittenStack): Promise<void> {
  await stack.start('reservation');
  await stack.start('payment');
  await stack.start('appointment', false);
  await endBookings(stack);
  await beginLastingFailures(stack);
  await stack.kill('appointment');
  await stack.start('appointment');
  await holdCalls(stack);
  await getStuck(stack);
  await stack.cancel('Killed when its cancellation was written', 'strike');
  await stack.exited();
  for (const name of ['payment', 'reservation'] as const) await stack.kill(name);
}

const hit = (stack: WrittenStack, call: CallName, name: string, times = 1) =>
  waitUntil(`${call} of ${name} is interfered with`, () => stack.calls.hits(call, name) >= times, PATIENCE_MS);

const becomes = (stack: WrittenStack, name: string, status: string) =>
  waitUntil(`${name} is ${status}`, async () => (await stack.statusOf(name)) === status, PATIENCE_MS);

/** What has ended when the processes are killed, and what is confirmed until its cancellation begins. */
async function endBookings(stack: WrittenStack): Promise<void> {
  const ended = WRITTEN_BOOKINGS.slice(
    0,
    WRITTEN_BOOKINGS.findIndex(({ name }) => name === 'Timed out in pay'),
  );
  for (const booking of ended) {
    const async = booking.name === 'Confirmed without waiting';
    const status = await stack.book(booking, async ? 'respond-async' : undefined);
    const expected = async ? 202 : booking.reply;
    if (status !== expected) throw new Error(`${booking.name} got ${status} and not ${expected}`);
    if (async) await becomes(stack, booking.name, 'confirmed');
  }
  await stack.cancel('Cancelled');
}

/** What takes as long as a booking's deadline, or a restart of the orchestrator. */
async function beginLastingFailures(stack: WrittenStack): Promise<void> {
  const { calls } = stack;
  calls.arm('pay', 'Timed out in pay', 'hold request');
  calls.arm('pay', 'Killed while refunding', 'hold response');
  calls.arm('refund', 'Killed while refunding', 'hold request');
  calls.arm('pay', 'Stuck in pay', 'hold response');
  calls.arm('find', 'Stuck in pay', 'hold request');
  const timedOut = stack.book(bookingNamed('Timed out in pay'));
  await hit(stack, 'pay', 'Timed out in pay');
  void stack.book(bookingNamed('Killed while refunding'));
  await hit(stack, 'refund', 'Killed while refunding');
  await timedOut;
  await becomes(stack, 'Timed out in pay', 'compensated');
  void stack.book(bookingNamed('Stuck in pay'));
  await hit(stack, 'pay', 'Stuck in pay');
}

const HELD: ReadonlyArray<{ name: string; call: CallName; fault: 'hold request' | 'hold response' }> = [
  { name: 'Killed in reserve, not booked', call: 'create', fault: 'hold request' },
  { name: 'Killed in reserve, booked', call: 'create', fault: 'hold response' },
  { name: 'Killed in pay, not charged', call: 'pay', fault: 'hold request' },
  { name: 'Killed in pay, at the gateway', call: 'charge', fault: 'hold request' },
  { name: 'Killed in pay, settled', call: 'pay', fault: 'hold response' },
  { name: 'Killed while releasing', call: 'release', fault: 'hold request' },
  { name: 'Killed while its cancellation refunds', call: 'reverse', fault: 'hold request' },
  { name: 'Killed while its cancellation releases', call: 'release', fault: 'hold response' },
];

/** What is in the middle of a call when the processes are killed. An undo may be so for 10 s. */
async function holdCalls(stack: WrittenStack): Promise<void> {
  // Both were begun before the orchestrator was killed: it has claimed them again when it retries their calls.
  await hit(stack, 'refund', 'Killed while refunding', 2);
  await hit(stack, 'find', 'Stuck in pay');
  for (const { name, call, fault } of HELD) {
    stack.calls.arm(call, name, fault);
    void (name.includes('its cancellation') ? stack.cancel(name) : stack.book(bookingNamed(name)));
    await hit(stack, call, name);
  }
}

/** What fails over and over. It comes last, because the circuits open on it. */
async function getStuck(stack: WrittenStack): Promise<void> {
  const { calls } = stack;
  calls.arm('release', 'Stuck in release', 503);
  calls.arm('refund', 'Stuck in refund', 503);
  void stack.book(bookingNamed('Stuck in release'));
  await hit(stack, 'release', 'Stuck in release');
  void stack.cancel('Stuck in refund');
  calls.arm('find', 'Stuck in pay', 503);
  for (const name of ['Stuck in release', 'Stuck in refund', 'Stuck in pay']) await becomes(stack, name, 'stuck');
}
