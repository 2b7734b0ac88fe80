import { type ApiReply, send } from '@appointments/chassis/testing';
import type { Middleware } from 'koa';
import { describe, expect, test } from 'vitest';
import { auditStack } from '../../scripts/audit-stack.ts';
import { BACKEND_NAMES, mapServices, peerSettings } from '../../services.ts';
import { readConfig } from '../src/config.ts';
import { createClients, openPeers } from '../src/peers.ts';
import { createRemoveBookings } from '../src/retention/remove-bookings.ts';
import { GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { reset } from './interferences.ts';

const DAY_MS = 86_400_000;
const RETENTION_MS = 400 * DAY_MS;
const GRACE_MS = 3_600_000;
const TOKEN = 'of-the-operators';

const idOf = (reply: ApiReply) => reply.headers.get('location')?.split('/').at(-1) as string;
const never = new AbortController().signal;

/** Removes what is old, by a clock that the test moves. */
function openRemoval(stack: Stack, retentionMs = RETENTION_MS) {
  const config = readConfig(peerSettings('appointment', (name) => stack[name].url));
  const peers = openPeers(config, 2_000);
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const removeOld = createRemoveBookings({ ...createClients(peers), database: stack.database(), retentionMs, now });
  return {
    clock,
    removeOld: () => removeOld(never),
    /** Removes all that is old: what is marked first has to wait. */
    async removeAll() {
      await removeOld(never);
      clock.now += GRACE_MS;
      await removeOld(never);
    },
    [Symbol.asyncDispose]: async () => {
      for (const { client } of Object.values(peers)) await client.close();
    },
  };
}

/** What the stores have of a booking. */
async function tracesOf(stack: Stack, id: string): Promise<string[]> {
  const { status } = await stack.call('GET', `/bookings/${id}`);
  const { items: appointments } = await stack.reservation.get('/reservation/appointments?limit=500');
  const payment = await stack.payment.get(`/payment/payments/${id}`);
  return [
    ...(status === 200 ? ['booking'] : []),
    ...(appointments.some(({ reference }: { reference: string }) => reference === id) ? ['appointment'] : []),
    ...(payment.reference === id ? ['payment'] : []),
  ];
}

const audit = async (stack: Stack) => {
  const { findings } = await auditStack({
    ...mapServices(BACKEND_NAMES, (name) => stack[name].url),
    appointment: stack.url(),
    operatorToken: TOKEN,
  });
  return findings.filter(({ violations }) => violations.length > 0);
};

/** Makes bookings look as if they had ended so long ago. */
const age = (stack: Stack, ids: readonly string[], ms: number) =>
  stack.change(async (tables) => {
    await tables
      .updateTable('sagas')
      .set({ updated_at: Date.now() - ms })
      .where('id', 'in', ids)
      .execute();
  });

/** Bookings that have ended in each way. */
async function bookInEveryWay(stack: Stack): Promise<string[]> {
  const confirmed = await stack.book();
  const cancelled = await stack.book();
  await stack.cancel(`/bookings/${idOf(cancelled)}`);
  const failed = await stack.book({ ...GUIDE_REQUEST, doctor: 'Nobody' });
  const compensated = await stack.book({ ...GUIDE_REQUEST, cardNum: '4000000000000002' });
  return [confirmed, cancelled, failed, compensated].map(idOf);
}

describe.concurrent('BOOKING_RETENTION', () => {
  test('When bookings are old enough, Then nothing of them is left in any store, and younger ones stay', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const [old, young] = [await bookInEveryWay(stack), await bookInEveryWay(stack)];
    await age(stack, old, RETENTION_MS + DAY_MS);
    await age(stack, young, RETENTION_MS - DAY_MS);
    await using removal = openRemoval(stack);

    await removal.removeAll();

    for (const id of old) expect(await tracesOf(stack, id)).toEqual([]);
    expect(await tracesOf(stack, young[0] as string)).toEqual(['booking', 'appointment', 'payment']);
    expect((await stack.list()).json.items.map(({ id }: { id: string }) => id).sort()).toEqual(young.sort());
    const { read } = stack.database();
    expect(await read.selectFrom('removals').selectAll().execute()).toEqual([]);
    expect(await read.selectFrom('sagas').selectAll().execute()).toHaveLength(young.length);
    expect(await audit(stack)).toEqual([]);
  });

  test('When the appointment of a confirmed booking is not so long ago, Then the booking stays and can be cancelled', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const id = idOf(await stack.book({ ...GUIDE_REQUEST, date: '30-09-2090' }));
    await age(stack, [id], 2 * RETENTION_MS);
    await using removal = openRemoval(stack);

    await removal.removeAll();

    expect(await tracesOf(stack, id)).toEqual(['booking', 'appointment', 'payment']);
    expect((await stack.cancel(`/bookings/${id}`)).json.status).toBe('cancelled');
  });

  test('When the audit reads before and after each call of a removal, Then the books agree every time', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const old = await bookInEveryWay(stack);
    await stack.book();
    await age(stack, old, RETENTION_MS + DAY_MS);
    await using removal = openRemoval(stack);
    const found: unknown[] = [];
    const audited: Middleware = async (ctx, next) => {
      if (ctx.method !== 'POST') return next();
      found.push(...(await audit(stack)));
      await next();
      found.push(...(await audit(stack)), ctx.path);
    };
    stack.reservation.interfere(audited);
    stack.payment.interfere(audited);

    await removal.removeOld();
    found.push(...(await audit(stack)));
    removal.clock.now += GRACE_MS;
    await removal.removeOld();

    const calls = ['/reservation/expiries', '/payment/removals', '/reservation/removals'];
    // Those that are not confirmed need no mark, and go at once.
    expect(found).toEqual([calls[0], calls[1], calls[2], calls[1], calls[2]]);
  });

  test.each(['reservation', 'payment'] as const)(
    'When %s is lost in the middle, Then the next sweep finishes it',
    async (name) => {
      await using stack = await startStack({ operatorToken: TOKEN });
      const old = await bookInEveryWay(stack);
      await age(stack, old, RETENTION_MS + DAY_MS);
      await using removal = openRemoval(stack);
      await removal.removeOld();
      removal.clock.now += GRACE_MS;
      // The service does it, and its response is lost.
      stack[name].interfere(async (ctx, next) => {
        await next();
        if (ctx.method === 'POST') await reset(ctx, next);
      });

      await expect(removal.removeOld()).rejects.toThrow();
      expect(await audit(stack)).toEqual([]);
      stack[name].interfere(undefined);
      await removal.removeOld();

      for (const id of old) expect(await tracesOf(stack, id)).toEqual([]);
    },
  );

  test('When a booking is cancelled after it was marked, Then it is kept until that is old', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const id = idOf(await stack.book());
    await age(stack, [id], RETENTION_MS + DAY_MS);
    await using removal = openRemoval(stack);
    await removal.removeOld();

    expect((await stack.cancel(`/bookings/${id}`)).json.status).toBe('cancelled');
    removal.clock.now += GRACE_MS;
    await removal.removeOld();

    expect(await tracesOf(stack, id)).toEqual(['booking', 'appointment', 'payment']);
    expect(await audit(stack)).toEqual([]);
  });

  test('When money of a booking is still owed, Then its payment and its appointment stay', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const id = idOf(await stack.book());
    await age(stack, [id], RETENTION_MS + DAY_MS);
    await using removal = openRemoval(stack);
    stack.payment.interfere((ctx, next) => {
      if (!ctx.path.endsWith('/removals')) return next();
      ctx.body = { kept: [id] };
    });

    await removal.removeAll();
    expect(await tracesOf(stack, id)).toEqual(['appointment', 'payment']);
    stack.payment.interfere(undefined);
    await removal.removeOld();

    expect(await tracesOf(stack, id)).toEqual([]);
  });

  test('When more are old than go in one batch, Then all go', { timeout: 60_000 }, async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => stack.book({ ...GUIDE_REQUEST, doctor: 'Nobody' })));
    }
    const { items } = (await stack.list('?limit=200')).json;
    await age(
      stack,
      items.map(({ id }: { id: string }) => id),
      RETENTION_MS + DAY_MS,
    );
    await using removal = openRemoval(stack);

    await removal.removeOld();

    expect((await stack.list('?limit=200')).json.items).toHaveLength(40);
  });
});

test('When a service is asked to remove what is booked or owed, Then it stays', async () => {
  await using stack = await startStack({ operatorToken: TOKEN });
  const confirmed = idOf(await stack.book());
  const waiting = idOf(await stack.book({ ...GUIDE_REQUEST, cardNum: '4000002760003184' }));
  const references = [confirmed, waiting];

  const payment = await send(`${stack.payment.url}/payment/removals`, 'POST', { references: [waiting] });
  const reservation = await send(`${stack.reservation.url}/reservation/removals`, 'POST', { references });

  expect([payment.json, reservation.json]).toEqual([{ kept: [waiting] }, { removed: 0 }]);
  expect((await stack.kept()).slots).toEqual(references);
});
