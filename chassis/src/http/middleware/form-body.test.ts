import Router from '@koa/router';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestLogger, startTestServer, type TestServer } from '../../../testing/index.ts';
import { createApp } from '../../service/create-app.ts';
import { type FormState, formBody } from './form-body.ts';

const LIMIT = 4 * 1024;
let server: TestServer;
beforeAll(async () => {
  const router = new Router();
  router.post<FormState>('/echo-form', formBody(), (ctx) => {
    ctx.body = ctx.state.form;
  });
  const draining = new AbortController().signal;
  const { logger } = createTestLogger();
  server = await startTestServer(createApp({ logger, router, ready: async () => {}, draining }));
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (body: string, type = 'application/x-www-form-urlencoded') =>
  fetch(`${server.url}/echo-form`, { method: 'POST', headers: { 'content-type': type }, body });

describe('a form', () => {
  test.each([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=x+y%26z', { a: 'x y&z' }],
    ['a=%C3%A9%F0%9F%A9%BA', { a: 'é🩺' }],
    ['a', { a: '' }],
    ['a=1&a=2', { a: '1' }],
    ['a[b]=1&a.c=2&d[]=3', { 'a[b]': '1', 'a.c': '2', 'd[]': '3' }],
    ['__proto__=1&constructor=2&a=3', { constructor: '2', a: '3' }],
    ['a=%zz', { a: '%zz' }],
  ])('When it is %j, Then its fields are texts', async (body, fields) => {
    expect(await (await post(body)).json()).toEqual(fields);
  });

  test.each(['application/x-www-form-urlencoded;charset=UTF-8', 'APPLICATION/X-WWW-FORM-URLENCODED ; a="b"'])(
    'When its media type is %j, Then it is read',
    async (type) => expect(await (await post('a=1', type)).json()).toEqual({ a: '1' }),
  );

  test.each(['', 'text/plain', 'application/json', 'application/x-www-form-urlencoded;charset=iso-8859-1'])(
    'When its media type is %j, Then 415',
    async (type) => {
      const response = await post('a=1', type);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        415,
        'unsupported_media_type',
      ]);
    },
  );

  test('When it has 4 KiB, Then it is read; with a byte more 413, and the connection serves the next', async () => {
    expect((await post(`a=${'x'.repeat(LIMIT - 2)}`)).status).toBe(200);
    const response = await post(`a=${'x'.repeat(LIMIT - 1)}`);
    expect(await response.json()).toMatchObject({ code: 'body_too_large', detail: 'The form is too large.' });
    expect((await post('a=1')).status).toBe(200);
  });
});
