import { sendRaw } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { startStack } from '../../appointment/test/appointment-stack.ts';
import { operationsOf } from './api-model.ts';
import { createMisfits } from './misfits.ts';

const TOKEN = 'a-token-for-everything';
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const UNLIMITED = ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/docs/{file}', '/payment-notices/{id}'];

test('When requests are limited, Then replies and refusals of every route fit the document, and say what is left', async () => {
  await using stack = await startStack({
    operatorToken: TOKEN,
    serviceToken: TOKEN,
    rateLimit: { quota: 1, windowSeconds: 600 },
    proxies: 1,
  });
  const document = JSON.parse((await sendRaw(stack.url(), { method: 'GET', path: '/openapi.json' })).text);
  const misfits = createMisfits(document);
  const limited = operationsOf(document).filter(({ path }) => !UNLIMITED.includes(path));

  for (const [index, { method, path }] of limited.entries()) {
    // One client on all of them, whether they ask for its token or not.
    const request = { method, path: path.replaceAll(/\{\w+\}/g, 'none'), headers: AUTHORIZED };
    const reply = await sendRaw(stack.url(), request);
    expect(misfits(request, reply), path).toEqual([]);
    expect(reply.headers.ratelimit, path).toMatch(/^"requests";r=0;t=\d+$/);
    expect(reply.status === 429, path).toBe(index > 0);
  }
  expect(limited.length).toBeGreaterThan(8);
});
