import { expect } from 'vitest';
import { BACKEND_NAMES } from '../../../services.ts';
import { book, cancelBooking, type SeenReply } from './booking-client.ts';
import { createClientLedger } from './client-ledger.ts';
import { CALLS, type FaultRule } from './fault-rules.ts';
import { createFaultStack, type FaultStack } from './fault-stack.ts';
import { bookingFor } from './sample-bookings.ts';
import type { CommitStrike } from './strike.ts';
import { expectAllEnded, expectBooksAgree } from './verdict.ts';

/** A moment in the life of a booking at which the orchestrator is killed, and what must become of the booking. */
export interface Boundary {
  at: string;
  kill: CommitStrike | Pick<FaultRule, 'on' | 'call'>;
  /** The booking's status in the end. */
  leaves: 'confirmed' | 'compensated' | 'cancelled';
  /** The status that a retry with the client's key gets then. */
  reply: number;
  cardNum?: string;
  /** A fault that leads there. */
  besides?: FaultRule;
  /** Whether an operator cancels the booking, and the kill comes then. */
  cancel?: boolean;
  env?: NodeJS.ProcessEnv;
  repeats?: number;
}

/** A stack whose orchestrator is killed at one boundary, over and over; each restart is armed for the next time. */
export async function createKilledOrchestrator(boundary: Boundary) {
  const { kill, cancel = false, besides, cardNum, env } = boundary;
  await using opened = new AsyncDisposableStack();
  const stack = opened.use(await createFaultStack({ proxied: true, ...(env && { env }) }));
  const { addresses } = stack;
  const clients = createClientLedger();
  const strike = 'when' in kill ? kill : undefined;
  await Promise.all([...BACKEND_NAMES.map((name) => stack.start(name)), stack.start('appointment', { strike })]);

  function armProxies(): void {
    for (const name of BACKEND_NAMES) stack.proxyOf(name).heal();
    if (besides) stack.proxyOf(CALLS[besides.call].peer).arm(besides);
    if ('when' in kill) return;
    const fault = { strike: () => stack.kill('appointment'), ending: 'hold' } as const;
    stack.proxyOf(CALLS[kill.call].peer).arm({ ...kill, fault });
  }

  /** Books, or cancels what was booked, until the orchestrator is gone; returns the client's reply, if any. */
  async function provoke(key: string, day: number): Promise<SeenReply | undefined> {
    const request = bookingFor(day, cardNum ? { cardNum } : {});
    const exited = stack.exited('appointment');
    if (!cancel) armProxies();
    const reply = clients.note(await book(addresses.appointment, request, { key, strike: !cancel }));
    if (cancel) {
      const bookingId = reply?.bookingId ?? '';
      clients.noteCancelled(bookingId);
      armProxies();
      expect(await cancelBooking(addresses, bookingId, { strike: true })).toBeUndefined();
    }
    expect(await exited, 'killed').toBeNull();
    return reply;
  }

  /** @returns how long after all was healthy again everything had ended, in milliseconds */
  async function killAndRecover(round: number): Promise<number> {
    const key = `round-${round}`;
    const told = await provoke(key, round);
    await stack.start('appointment', { strike });
    const healthyAt = performance.now();
    await expectAllEnded(addresses);
    const recoveryMs = performance.now() - healthyAt;
    await letLateCallsArrive(stack);
    const retry = clients.note(
      await book(addresses.appointment, bookingFor(round, cardNum ? { cardNum } : {}), { key }),
    );
    expect(retry?.status).toBe(boundary.reply);
    if (told) expect(retry?.text).toBe(told.text);
    const booking = await fetch(`${addresses.appointment}/bookings/${retry?.bookingId}`);
    expect(((await booking.json()) as { status: string }).status).toBe(boundary.leaves);
    await expectBooksAgree(addresses, clients);
    return recoveryMs;
  }

  const owned = opened.move();
  return { killAndRecover, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Forwards the calls that were held while their sender died; they must change nothing. */
async function letLateCallsArrive(stack: FaultStack): Promise<void> {
  for (const name of BACKEND_NAMES) {
    stack.proxyOf(name).heal();
    await stack.proxyOf(name).releaseHeld();
  }
}
