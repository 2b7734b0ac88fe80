import { waitUntil } from '@appointments/chassis/testing';
import { expect } from 'vitest';
import { type BackendName, SERVICE_NAMES } from '../../../services.ts';
import { book, cancelBooking } from './booking-client.ts';
import { createClientLedger } from './client-ledger.ts';
import { expectFailureReply } from './failure-reply.ts';
import type { FaultRule } from './fault-rules.ts';
import { createFaultStack } from './fault-stack.ts';
import { bookingFor } from './sample-bookings.ts';
import type { CommitStrike } from './strike.ts';
import { expectAllEnded, expectBooksAgree } from './verdict.ts';

/** A moment in a call at which the backend that works on it is killed. */
export interface CallMoment {
  at: string;
  victim: BackendName;
  kill: CommitStrike | Pick<FaultRule, 'on' | 'call'>;
  cardNum?: string;
  /** The statuses that a client may get. */
  replies: readonly number[];
  /** Whether the call is part of an operator's cancellation. */
  cancel?: boolean;
  repeats: number;
}

/** A stack one of whose backends is killed in the middle of a call, over and over. */
export async function createKilledBackend({ victim, kill, cardNum, replies, cancel = false }: CallMoment) {
  await using opened = new AsyncDisposableStack();
  // Each round has its own id: the orchestrator's retries from the last one must not hit the next process.
  const idOf = (round: number) => `strike-${round}`;
  const strikeOf = (round: number) => ('when' in kill ? { ...kill, requestId: idOf(round) } : undefined);
  const stack = opened.use(await createFaultStack({ proxied: strikeOf(0) === undefined }));
  const { addresses } = stack;
  const clients = createClientLedger();
  for (const name of SERVICE_NAMES) await stack.start(name, { strike: name === victim ? strikeOf(0) : undefined });

  function armProxy(): void {
    if ('when' in kill) return;
    const fault = { strike: () => stack.kill(victim), ending: 'reset' } as const;
    stack.proxyOf(victim).arm({ ...kill, fault });
  }

  async function bookOne(day: number, armed: boolean): Promise<string | undefined> {
    const request = bookingFor(day, cardNum ? { cardNum } : {});
    const reply = clients.note(await book(addresses.appointment, request, { strike: armed && idOf(day) }));
    if (!reply) throw new Error('the orchestrator, which is healthy, sent no response');
    expect(replies).toContain(reply.status);
    if (reply.status !== 200) expectFailureReply(reply);
    return reply.status === 200 ? reply.bookingId : undefined;
  }

  async function cancelOne(day: number): Promise<void> {
    const bookingId = await bookOne(day, false);
    if (!bookingId) return;
    clients.noteCancelled(bookingId);
    expect([200, 202]).toContain(await cancelBooking(addresses, bookingId, { strike: idOf(day) }));
  }

  /** @returns how long after all was healthy again everything had ended, in milliseconds */
  async function killAndRecover(round: number): Promise<number> {
    let dead = false;
    const exited = stack.exited(victim).then((code) => {
      dead = true;
      expect(code, 'killed').toBeNull();
    });
    armProxy();
    // The circuit may still be open from the last round; then a booking fails before it gets anywhere near the victim.
    const provoked = waitUntil('the victim is hit', async () => {
      if (!dead) await (cancel ? cancelOne(round) : bookOne(round, true));
      return dead;
    });
    await Promise.race([exited, provoked]);
    await exited;
    await stack.start(victim, { strike: strikeOf(round + 1) });
    const healthyAt = performance.now();
    await provoked;
    await expectAllEnded(addresses);
    const recoveryMs = performance.now() - healthyAt;
    await expectBooksAgree(addresses, clients);
    return recoveryMs;
  }

  const owned = opened.move();
  return { killAndRecover, counts: clients.counts, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
