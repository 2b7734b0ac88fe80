import { type ApiReply, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectFailure, type Stack, startStack } from './appointment-stack.ts';
import { createHold, loseResponse, onlyFirst, onlyPosts, respond, slow } from './interferences.ts';

const STEP_MS = 500;
const DEADLINE_MS = 2_500;
// Room for a machine that does many things at once.
const BUSY_MACHINE_MS = 2_500;
const TIMES = { bookingDeadlineMs: DEADLINE_MS, stepTimeoutMs: STEP_MS };

const locationOf = (reply: ApiReply) => reply.headers.get('location') as string;

/** Confirmed with its money, or undone without: what the client got says which, and nothing is in between. */
async function expectAllOrNothing(stack: Stack, reply: ApiReply): Promise<void> {
  const path = locationOf(reply);
  if (reply.status === 200) {
    const id = path.split('/').at(-1);
    expect(await stack.kept()).toEqual({ slots: [id], charges: [id] });
    return;
  }
  expectFailure(reply, 503);
  await stack.becomes(path, 'compensated');
  expect(await stack.kept()).toEqual({ slots: [], charges: [] });
}

describe.concurrent('a payment service that is slow', () => {
  const rows = [0.5, 1, 2, 10].flatMap((factor) => [[factor, 'before'] as const, [factor, 'after'] as const]);

  test.each(rows)('When it takes %d × the timeout %s the charge, Then it is all or nothing', async (factor, when) => {
    await using stack = await startStack(TIMES);
    stack.payment.interfere(onlyPosts(slow(factor * STEP_MS, when)));
    const began = performance.now();
    const reply = await stack.book();
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS + BUSY_MACHINE_MS);
    if (factor !== 1) expect(reply.status).toBe(factor < 1 ? 200 : 503);
    await expectAllOrNothing(stack, reply);
    await waitUntil('every late call has arrived', () =>
      stack.payment.posts().every(({ status }) => status !== undefined),
    );
    await expectAllOrNothing(stack, reply);
  });

  test('When the charge arrives after the void, Then it is refused and nothing is kept', async () => {
    await using stack = await startStack(TIMES);
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.before));
    const reply = await stack.book();
    expectFailure(reply, 503);
    await stack.becomes(locationOf(reply), 'compensated');
    expect((await stack.ledgerEntry(locationOf(reply))).payment_status).toBe('voided');
    const late = stack.payment.posts();
    hold.release();
    await waitUntil('the late charges have arrived', () => late.every(({ status }) => status !== undefined));
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([409]));
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
    expect((await stack.booking(reply)).status).toBe('compensated');
  });

  test('When the create arrives after the cancellation, Then it is refused and no slot is kept', async () => {
    await using stack = await startStack(TIMES);
    const hold = createHold();
    stack.reservation.interfere(onlyPosts(hold.before));
    const reply = await stack.book();
    expectFailure(reply, 503);
    await stack.becomes(locationOf(reply), 'compensated');
    const late = stack.reservation.posts();
    hold.release();
    await waitUntil('the late creates have arrived', () => late.every(({ status }) => status !== undefined));
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([409]));
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });
});

describe.concurrent('a payment service whose response gets lost', () => {
  test.each([
    ['500 in place of every response', { every: true, lost: false }],
    ['no response at all', { every: true, lost: true }],
    ['500 once', { every: false, lost: false }],
    ['a broken connection once', { every: false, lost: true }],
  ])('When it charges and the client gets %s, Then it is all or nothing', async (_what, { every, lost }) => {
    await using stack = await startStack(TIMES);
    const charged500 = lost
      ? loseResponse
      : onlyPosts(async (ctx, next) => {
          await next();
          await respond(500, '{}')(ctx, async () => {});
        });
    stack.payment.interfere(onlyPosts(every ? charged500 : onlyFirst(1, charged500)));
    const began = performance.now();
    const reply = await stack.book();
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS + BUSY_MACHINE_MS);
    expect(stack.payment.posts()[0]?.status).toBe(200);
    expect(reply.status).toBe(every ? 503 : 200);
    await expectAllOrNothing(stack, reply);
    if (every) expect((await stack.ledgerEntry(locationOf(reply))).payment_status).toBe('refunded');
  });

  test('When the response to an undo is lost, Then the undo is retried and counts once', async () => {
    await using stack = await startStack(TIMES);
    stack.payment.interfere(onlyPosts(slow(10 * STEP_MS, 'after')));
    stack.reservation.interfere((ctx, next) =>
      ctx.method === 'PUT' && stack.reservation.requests.filter(({ method }) => method === 'PUT').length === 1
        ? loseResponse(ctx, next)
        : next(),
    );
    const reply = await stack.book();
    expectFailure(reply, 503);
    await expectAllOrNothing(stack, reply);
    const undo = (await stack.booking(reply)).steps.at(-1);
    expect(undo).toMatchObject({ name: 'undo reserve', status: 'done', attempts: 2 });
  });

  test.each(['reservation', 'payment'] as const)(
    'When %s is still at the first call, Then the call is retried until there is a response',
    async (name) => {
      await using stack = await startStack({ bookingDeadlineMs: 5_000, stepTimeoutMs: 1_000 });
      stack[name].interfere(onlyFirst(2, respond(409, '{"code":"request_in_progress"}')));
      const reply = await stack.book();
      expect(reply.status).toBe(200);
      const { steps } = await stack.booking(reply);
      expect(steps[name === 'reservation' ? 0 : 1]).toMatchObject({ status: 'done', attempts: 3, code: null });
      const keys = stack[name].posts().map(({ headers }) => headers['idempotency-key']);
      expect(new Set(keys).size).toBe(1);
    },
  );
});
