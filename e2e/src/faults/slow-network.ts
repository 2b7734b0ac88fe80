import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@appointments/chassis/testing';
import type { CallName } from '../../../services.ts';
import { book, type SeenReply } from './booking-client.ts';
import { type ClientLedger, createClientLedger } from './client-ledger.ts';
import { expectFailureReply } from './failure-reply.ts';
import { CALLS, type FaultRule } from './fault-rules.ts';
import { createFaultStack, type FaultStack } from './fault-stack.ts';
import { bookingFor } from './sample-bookings.ts';
import { expectAllEnded, expectBooksAgree } from './verdict.ts';

export const STEP_MS = 400;
export const DEADLINE_MS = 1_500;

interface WarmStack {
  stack: FaultStack;
  clients: ClientLedger;
  /** The last day that was booked. */
  day: number;
}

/** Stacks of services with short timeouts, each with a network that one test at a time may break. */
export function createSlowNetworks() {
  const all: FaultStack[] = [];
  const idle: WarmStack[] = [];

  async function open(): Promise<WarmStack> {
    const env = { STEP_TIMEOUT_MS: String(STEP_MS), BOOKING_DEADLINE_MS: String(DEADLINE_MS) };
    const stack = await createFaultStack({ proxied: true, env });
    all.push(stack);
    await stack.startAll();
    const warm = { stack, clients: createClientLedger(), day: 0 };
    // The first booking of a process is slow: code is compiled and connections are opened.
    await bookNext(warm);
    return warm;
  }

  /** Only a stack that was seen to work again goes to the next test. */
  const giveBack = (warm: WarmStack) => void idle.push(warm);

  return {
    take: async (call: CallName) => createSlowNetwork(idle.pop() ?? (await open()), call, giveBack),
    async [Symbol.asyncDispose]() {
      for (const stack of all) await stack[Symbol.asyncDispose]();
    },
  };
}

async function bookNext(warm: WarmStack): Promise<SeenReply> {
  warm.day += 1;
  const reply = warm.clients.note(await book(warm.stack.addresses.appointment, bookingFor(warm.day)));
  if (!reply) throw new Error('the orchestrator, which is healthy, sent no response');
  if (reply.status !== 200) expectFailureReply(reply);
  return reply;
}

function createSlowNetwork(warm: WarmStack, call: CallName, giveBack: (warm: WarmStack) => void) {
  const { stack, clients } = warm;
  const { addresses } = stack;
  const proxy = stack.proxyOf(CALLS[call].peer);
  return {
    book: () => bookNext(warm),
    arm: (rule: FaultRule) => proxy.arm(rule),
    /** @returns the backend's statuses for the calls that were held to the end */
    async healAndLetLateCallsArrive(): Promise<number[]> {
      await expectAllEnded(addresses);
      proxy.heal();
      const statuses = await proxy.releaseHeld();
      await waitUntil('late calls are through', () => proxy.onTheirWay() === 0);
      await expectBooksAgree(addresses, clients);
      return statuses;
    },
    async refuseFor(ms: number): Promise<void> {
      await proxy.refuse();
      await delay(ms);
      await proxy.accept();
    },
    async expectWorksAgain(): Promise<void> {
      await waitUntil('bookings succeed again', async () => (await bookNext(warm)).status === 200, 5_000);
      await expectAllEnded(addresses);
      await expectBooksAgree(addresses, clients);
      giveBack(warm);
    },
  };
}
