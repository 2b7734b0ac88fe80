import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../appointment-stack.ts';
import { createVisitor, startWithOperator, TOKEN } from './operator.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ operatorToken: TOKEN });
});
afterAll(() => stack[Symbol.asyncDispose]());

const BOOKING_ID = '01a204a3-bd08-77c6-868b-33598c2f975b';
const BOOKING_PAGE = `/console/bookings/${BOOKING_ID}`;

describe('signing in', () => {
  test.each(['/console', BOOKING_PAGE, `/console?q=Ann+Lee&status=stuck&before=${BOOKING_ID}`])(
    'When %s is asked for without a session, Then the sign-in, and back from there',
    async (path) => {
      const visitor = createVisitor(stack.url);
      const turnedAway = await visitor.get(path);
      expect(turnedAway.status).toBe(303);
      expect(turnedAway.location).toMatch(/^\/console\/sign-in/);
      const to = new URL(turnedAway.location as string, stack.url()).searchParams.get('to') ?? '';

      const signedIn = await visitor.post('/console/sign-in', { token: TOKEN, to });

      expect([signedIn.status, signedIn.location]).toEqual([303, path]);
    },
  );

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/bookings',
    '/console/../x',
    '/console@evil.example',
    '/console?status=none&x=y',
    'javascript:alert(1)',
  ])('When it is to lead to %s, Then it leads to the list', async (to) => {
    const response = await createVisitor(stack.url).post('/console/sign-in', { token: TOKEN, to });
    expect(response.location).toBe('/console');
  });

  test('When the token is right, Then the cookie is for the console alone and no script', async () => {
    const { headers } = await createVisitor(stack.url).signIn();
    const cookie = headers.get('set-cookie') as string;
    expect(cookie).toMatch(/; Path=\/console; Max-Age=1800; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(TOKEN);
  });

  test('When the browser came over https, Then the cookie is Secure, also when it is renewed', async () => {
    const { headers } = await createVisitor(stack.url).signIn(TOKEN, {
      origin: stack.url().replace('http:', 'https:'),
    });
    expect(headers.get('set-cookie')).toContain('; Secure');
  });

  test('When the token is wrong, Then 401, no cookie, and nothing of what was typed', async () => {
    const typed = 'not-the-token';
    const { status, headers, text } = await createVisitor(stack.url).signIn(typed);
    expect([status, headers.get('set-cookie')]).toEqual([401, null]);
    expect(text).toContain('That is no token of an operator or a viewer.');
    expect(text).not.toContain(typed);
    expect(stack.lines.join()).not.toContain(typed);
  });

  test.each([
    ['its signature', (cookie: string) => `${cookie.slice(0, -2)}xx`],
    ['the time it began', (cookie: string) => cookie.replace(/\.[0-9a-z]+\./, '.zzzzzzzz.')],
    ['everything', () => 'console_session=abc'],
  ])('When a cookie is changed in %s, Then it is none', async (_what, change) => {
    const visitor = createVisitor(stack.url);
    await visitor.signIn();
    visitor.useCookie(change(visitor.cookie()));
    expect((await visitor.get('/console')).status).toBe(303);
  });

  test.each(['é'.repeat(43), `é${'x'.repeat(42)}`, 'x'.repeat(43), 'x', ''])(
    'When a form has %j for its token, Then 403 and nothing is done',
    async (csrf) => {
      const visitor = createVisitor(stack.url);
      await visitor.signIn();

      expect((await visitor.post('/console/sign-out', { csrf })).status).toBe(403);
      expect((await visitor.get('/console')).status).toBe(200);
    },
  );

  test('When an operator signs out, Then the cookie is taken back and no copy of it is good any more', async () => {
    const visitor = createVisitor(stack.url);
    await visitor.signIn();
    const copy = visitor.cookie();
    const csrf = await visitor.csrf();

    const response = await visitor.post('/console/sign-out', { csrf });

    expect([response.status, response.location]).toEqual([303, '/console/sign-in']);
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0');
    visitor.useCookie(copy);
    expect((await visitor.get('/console')).status).toBe(303);
  });

  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['nowhere', { origin: '' }],
    ['a page without an origin', { origin: 'null' }],
  ])('When the form comes from %s, Then 403 and no cookie', async (_where, headers) => {
    const response = await createVisitor(stack.url).signIn(TOKEN, headers);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null]);
  });
});

describe('behind a proxy that makes connections secure', () => {
  const FORWARDED = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'book.example' };
  const signInWith = async (headers: Record<string, string>) => {
    await using stack = await startStack({ operatorToken: TOKEN, proxies: 1 });
    const { status, headers: received } = await createVisitor(stack.url).signIn(TOKEN, headers);
    return [status, received.get('set-cookie')?.endsWith('; Secure') ?? null];
  };

  test.each([
    ['its own origin', { ...FORWARDED, origin: 'https://book.example' }, [303, true]],
    ['its own page, as the browser says', { ...FORWARDED, 'sec-fetch-site': 'same-origin', origin: '' }, [303, true]],
    ['its own name in the clear', { ...FORWARDED, origin: 'http://book.example' }, [403, null]],
    ['another port', { ...FORWARDED, origin: 'https://book.example:8443' }, [403, null]],
    [
      'a name that the client put in front',
      {
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.example, book.example',
        origin: 'https://evil.example',
      },
      [403, null],
    ],
    [
      'a proxy in the clear',
      { ...FORWARDED, 'x-forwarded-proto': 'http', origin: 'http://book.example' },
      [303, false],
    ],
  ])('When the form comes from %s, Then what the proxy says decides', async (_where, headers, expected) => {
    expect(await signInWith(headers)).toEqual(expected);
  });
});

test('When an operator signs out at one process, Then no copy of the cookie is good at the next one on its store', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const other = createVisitor(stack.url);
  await other.signIn();
  const copy = operator.cookie();
  await operator.post('/console/sign-out', { csrf: await operator.csrf() });

  await stack.restart();

  operator.useCookie(copy);
  expect((await operator.get('/console')).status).toBe(303);
  expect((await other.get('/console')).status).toBe(200);
});

test('When tokens are guessed, Then after a few 429 with Retry-After, for the right one too; who is signed in stays so', async () => {
  await using running = await startWithOperator();
  const guesser = createVisitor(running.stack.url);
  for (const guess of 'abcdefghij') expect((await guesser.signIn(guess)).status).toBe(401);

  const limited = await guesser.signIn();

  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(limited.text).toContain('Too many wrong tokens from this address');
  expect((await running.operator.get('/console')).status).toBe(200);
});

test('When no operator token is set, Then the console is shut and says how to open it', async () => {
  await using shut = await startStack();
  const visitor = createVisitor(shut.url);
  for (const path of ['/console', '/console/sign-in', '/console/events', BOOKING_PAGE]) {
    const { status, text } = await visitor.get(path);
    expect(status).toBe(403);
    expect(text).toContain('OPERATOR_TOKEN');
  }
  expect((await visitor.signIn('')).status).toBe(403);
});
