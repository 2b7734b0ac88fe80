import { type ApiReply, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectFailure, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { onlyPosts, respond } from './interferences.ts';

const payStep = async (stack: Stack, reply: ApiReply) =>
  (await stack.booking(reply)).steps.find(({ name }: { name: string }) => name === 'pay');

/** Books until the circuit to payment is open. */
async function openCircuit(stack: Stack): Promise<void> {
  await waitUntil('the circuit is open', async () => {
    const reply = await stack.book();
    expectFailure(reply, 503);
    return (await payStep(stack, reply)).code === 'circuit_open';
  });
}

async function timed(work: () => Promise<ApiReply>): Promise<{ reply: ApiReply; ms: number }> {
  const began = performance.now();
  const reply = await work();
  return { reply, ms: performance.now() - began };
}

describe.concurrent('the circuit to a peer', () => {
  test('When payment refuses connections, Then failures get fast, and bookings succeed soon after its return', async () => {
    await using stack = await startStack();
    await stack.payment.goDown();
    await openCircuit(stack);
    const failures = [];
    for (let count = 0; count < 5; count += 1) failures.push(await timed(() => stack.book()));
    for (const { reply } of failures) {
      expectFailure(reply, 503);
      expect(await payStep(stack, reply)).toMatchObject({ status: 'failed', code: 'circuit_open' });
      expect((await stack.booking(reply)).status).toBe('compensated');
    }
    const fastest = Math.min(...failures.map(({ ms }) => ms));
    // Below 50 ms on a machine that does nothing else; without the circuit it would be the deadline of 5 s.
    expect(fastest).toBeLessThan(1_500);
    await stack.payment.comeBack();
    await waitUntil('a booking succeeds', async () => (await stack.book()).status === 200);
    await stack.keeps(1);
  });

  test('When payment is overloaded, Then it gets no calls while the circuit is open', async () => {
    await using stack = await startStack();
    stack.payment.interfere(onlyPosts(respond(429, '{"code":"overloaded"}')));
    await openCircuit(stack);
    const asked = stack.payment.requests.length;
    // A day for each, so that none of them is refused for want of a slot.
    const requests = Array.from({ length: 10 }, (_, day) => ({ ...GUIDE_REQUEST, date: `${10 + day}-11-2031` }));
    const replies = await Promise.all(requests.map((request) => stack.book(request)));
    for (const reply of replies) expect((await payStep(stack, reply)).code).toBe('circuit_open');
    // One call a second goes through to see whether it is well again.
    expect(stack.payment.requests.length).toBeLessThan(asked + 5);
  });
});
