import type { Middleware } from 'koa';
import { describe, expect, test } from 'vitest';
import { BACKEND_NAMES } from '../../services.ts';
import { GUIDE_REQUEST, startStack } from './appointment-stack.ts';
import { reset } from './interferences.ts';
import { age, audit, bookInEveryWay, DAY_MS, GRACE_MS, openRemoval, RETENTION_MS, TOKEN, tracesOf } from './removal.ts';

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
    // It is not `expired`, for which its slot would be counted as free.
    expect((await stack.kept()).slots).toEqual([young[0]]);
    expect((await stack.list()).json.items.map(({ id }: { id: string }) => id).sort()).toEqual(young.sort());
    const { read } = stack.database();
    expect(await read.selectFrom('removals').selectAll().execute()).toEqual([]);
    expect(await read.selectFrom('sagas').selectAll().execute()).toHaveLength(young.length);
    expect(await audit(stack)).toEqual([]);
  });

  test('When the audit reads before and after each call of a removal, Then the books agree every time', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const old = await bookInEveryWay(stack);
    await stack.book();
    await age(stack, old, RETENTION_MS + DAY_MS);
    await using removal = openRemoval(stack);
    const found: unknown[] = [];
    const calls: string[] = [];
    const audited: Middleware = async (ctx, next) => {
      if (ctx.method !== 'POST') return next();
      found.push(...(await audit(stack)));
      await next();
      found.push(...(await audit(stack)));
      calls.push(ctx.path);
    };
    for (const name of BACKEND_NAMES) stack[name].interfere(audited);

    await removal.removeOld();
    found.push(...(await audit(stack)));
    removal.clock.now += GRACE_MS;
    await removal.removeOld();

    expect(found).toEqual([]);
    const removals = ['/payment/removals', '/reservation/removals'];
    // Those that are not confirmed need no mark, and go at once.
    const due = ['/reservation/expiries', ...removals, ...removals];
    expect(calls.filter((path) => /^\/(reservation|payment)\//.test(path))).toEqual(due);
    // Whatever else is removed is still covered by the mark.
    expect([calls[0], calls.at(-1)]).toEqual([due[0], due.at(-1)]);
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
    let calls = 0;
    stack.payment.interfere((_ctx, next) => {
      calls += 1;
      return next();
    });

    await removal.removeOld();

    expect((await stack.list('?limit=200')).json.items).toHaveLength(40);
    expect(calls).toBe(2);
  });
});
