import { describe, expect, test } from 'vitest';
import { expectProblem, startStack } from '../appointment-stack.ts';
import { createVisitor } from '../console/operator.ts';
import { as, OPERATOR_TOKEN, startGuardedStack } from './access-stack.ts';
import { startBalancer } from './balancer.ts';

const GUESSES = 10_000;
const AT_ONCE = 32;
const [GUESSER, ELSEWHERE] = ['127.0.0.2', '127.0.0.3'] as const;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** How many guesses got which status. */
async function guess(count: number, send: (token: string) => Promise<{ status: number }>) {
  const seen: Record<number, number> = {};
  let next = 0;
  const guesser = async () => {
    while (next < count) {
      const { status } = await send(`guess-${next++}`);
      seen[status] = (seen[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, guesser));
  return seen;
}

describe('Behind a balancer', () => {
  test('When an address sends 10,000 wrong tokens, Then a handful is looked at, and an operator elsewhere works on', {
    timeout: 120_000,
  }, async () => {
    await using stack = await startStack({ operatorToken: OPERATOR_TOKEN, proxies: 1 });
    await using balancer = await startBalancer(stack.url);
    const [guesser, operator] = [balancer.from(GUESSER), balancer.from(ELSEWHERE)];
    const origin = { origin: balancer.url, ...FORM };
    let working = true;
    const statuses = new Set<number>();
    const work = (async () => {
      while (working) {
        statuses.add((await operator('GET', '/bookings', bearer(OPERATOR_TOKEN))).status);
        statuses.add((await operator('POST', '/console/sign-in', origin, `token=${OPERATOR_TOKEN}`)).status);
      }
    })();

    const forged = { 'x-forwarded-for': '198.51.100.1' };
    const seen = await guess(GUESSES, (token) => guesser('GET', '/bookings', { ...bearer(token), ...forged }));

    working = false;
    await work;
    expect(seen[401]).toBeLessThan(100);
    expect(seen[429]).toBe(GUESSES - (seen[401] ?? 0));
    expect([...statuses].sort()).toEqual([200, 303]);
    for (const [method, path, headers, body] of [
      ['GET', '/bookings', bearer(OPERATOR_TOKEN), ''],
      ['POST', '/console/sign-in', origin, `token=${OPERATOR_TOKEN}`],
    ] as const) {
      expect((await guesser(method, path, headers, body)).status, `the right token from there at ${path}`).toBe(429);
    }
  });
});

describe('Wrong tokens', () => {
  test.each([
    ['GET', '/bookings'],
    ['PUT', '/bookings/none/cancellation'],
    ['PUT', '/payment-notices/none'],
  ])(
    'When they are guessed at %s %s, Then 429 problem details with Retry-After, the right one as well',
    async (method, path) => {
      await using stack = await startStack({ operatorToken: OPERATOR_TOKEN, serviceToken: OPERATOR_TOKEN });
      const send = (token: string) => stack.call(method, path, undefined, bearer(token));

      expect(await guess(30, send)).toEqual({ 401: 10, 429: 20 });

      const refused = await send(OPERATOR_TOKEN);
      expectProblem(refused, 429, 'rate_limited', [OPERATOR_TOKEN]);
      expect(refused.headers.get('ratelimit-policy')).toBe('"wrong-tokens";q=10;w=60');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await stack.book()).status).toBe(200);
    },
  );

  test('When a client goes on with one that has expired, Then it alone is refused, and its neighbours book', async () => {
    await using stack = await startGuardedStack();
    const statuses: number[] = [];
    for (let count = 0; count < 25; count += 1) {
      statuses.push((await stack.call('GET', '/bookings', undefined, as('expired'))).status);
    }

    expect(statuses).toEqual([...Array(10).fill(401), ...Array(15).fill(429)]);
    expect((await stack.book(undefined, as('client'))).status).toBe(200);
    expect((await stack.call('GET', '/bookings', undefined, as('wrong'))).status).toBe(401);
  });

  test('When they are guessed at a route that is open, Then it is served, but the right one makes no difference', async () => {
    await using stack = await startStack({ operatorToken: OPERATOR_TOKEN });
    const path = (await stack.book()).headers.get('location') as string;
    const see = (token: string) => stack.call('GET', path, undefined, bearer(token));
    expect((await see(OPERATOR_TOKEN)).json).toHaveProperty('history');

    expect(await guess(30, see)).toEqual({ 200: 30 });

    expect((await see(OPERATOR_TOKEN)).json).not.toHaveProperty('history');
    expect((await stack.list()).status).toBe(429);
  });

  test('When no token is sent at all, Then it is no guess', async () => {
    await using stack = await startStack({ operatorToken: OPERATOR_TOKEN });
    for (let count = 0; count < 30; count += 1) expect((await stack.call('GET', '/bookings')).status).toBe(401);
    expect((await stack.list()).status).toBe(200);
  });

  test('When they are guessed at the console, Then they count for the other routes as well', async () => {
    await using stack = await startStack({ operatorToken: OPERATOR_TOKEN });
    const visitor = createVisitor(stack.url);
    expect(await guess(30, (token) => visitor.signIn(token))).toEqual({ 401: 10, 429: 20 });
    expect((await stack.list()).status).toBe(429);
  });
});
