import type { ApiReply } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectProblem, GUIDE_REQUEST, startStack } from '../appointment-stack.ts';
import { as, startGuardedStack } from './access-stack.ts';

const rateLimit = { quota: 3, windowSeconds: 600 };

function expectTold(reply: ApiReply, remaining: number): void {
  expect(reply.headers.get('ratelimit-policy')).toBe('"requests";q=3;w=600');
  expect(reply.headers.get('ratelimit')).toMatch(new RegExp(`^"requests";r=${remaining};t=\\d+$`));
}

function expectRefused(reply: ApiReply): void {
  expectProblem(reply, 429, 'rate_limited');
  expectTold(reply, 0);
  const { t } = /t=(?<t>\d+)/.exec(reply.headers.get('ratelimit') ?? '')?.groups ?? {};
  expect(reply.headers.get('retry-after')).toBe(t);
}

describe('RATE_LIMIT', () => {
  test('When clients are known, Then each has its own; replies say what is left, and the refused one begins nothing', async () => {
    await using stack = await startGuardedStack({ rateLimit });
    const book = (day: number) => stack.book({ ...GUIDE_REQUEST, date: `0${day}-02-2031` }, as('client'));

    const booked = await book(1);
    expectTold(booked, 2);
    expectTold(await stack.call('GET', booked.headers.get('location') as string, undefined, as('client')), 1);
    const mistaken = await stack.book({}, as('client'));
    expectTold(mistaken, 0);
    expect([booked.status, mistaken.status]).toEqual([200, 400]);

    expectRefused(await book(2));
    expect((await stack.list()).json.items).toHaveLength(1);
    const other = await stack.book({ ...GUIDE_REQUEST, date: '02-02-2031' }, as('other client'));
    expect(other.status).toBe(200);
    expectTold(other, 2);
  });

  test('When nobody is known, Then each address has its own, and probes, documents and the console none', async () => {
    await using stack = await startStack({ rateLimit, proxies: 1, operatorToken: 'an-operator-token-of-some-length' });
    const from = (address: string) => stack.call('GET', '/bookings/none', undefined, { 'x-forwarded-for': address });

    for (const remaining of [2, 1, 0]) expectTold(await from(`2001:db8::${remaining}`), remaining);
    expectRefused(await from('2001:db8::9'));
    expect((await from('2001:db8:1::')).status).toBe(404);
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/console/sign-in']) {
      const address = { 'x-forwarded-for': '2001:db8::9' };
      const statuses = [];
      for (let count = 0; count < 5; count += 1)
        statuses.push((await stack.call('GET', path, undefined, address)).status);
      expect(statuses, path).toEqual([200, 200, 200, 200, 200]);
    }
  });

  test('When a client forges the header in front of the proxy’s, Then it is the same client', async () => {
    await using stack = await startStack({ rateLimit, proxies: 1 });
    const from = (forged: string) =>
      stack.call('GET', '/bookings/none', undefined, { 'x-forwarded-for': `${forged}, 192.0.2.1` });

    for (const forged of ['198.51.100.1', '198.51.100.2', '198.51.100.3'])
      expect((await from(forged)).status).toBe(404);
    expectRefused(await from('198.51.100.4'));
  });

  test('When there is no limit, Then replies say nothing of one', async () => {
    await using stack = await startStack();
    const { headers } = await stack.book();
    expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null]);
  });
});
