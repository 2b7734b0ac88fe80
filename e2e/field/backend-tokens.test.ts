import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { book, runNpmStart } from '../src/field/npm-start.ts';
import { GUIDE_REQUEST } from '../src/guide.ts';

const COMMON = 'the-token-of-all';
const TOKEN = { reservation: 'the-reservation-token', payment: 'the-payment-token' };
const LISTS = { reservation: '/reservation/appointments', payment: '/payment/payments' };
const BACKENDS = ['reservation', 'payment'] as const;
const ASKS_CARDHOLDER = '4000002760003184';

async function startWithOwnTokens() {
  const folder = temporaryFolder();
  const file = join(folder.path, 'payment-token');
  writeFileSync(file, `${TOKEN.payment}\n`);
  const env = { SERVICE_TOKEN: COMMON, RESERVATION_TOKEN: TOKEN.reservation, PAYMENT_TOKEN_FILE: file };
  const stack = await runNpmStart({ env });
  await stack.untilReady();
  return {
    ...stack,
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test('When each backend has a token of its own, Then it takes that one alone, and bookings get through', async () => {
  await using stack = await startWithOwnTokens();
  const statusOf = async (backend: (typeof BACKENDS)[number], token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(stack.urlOf(backend) + LISTS[backend], { headers })).status;
  };

  expect(await book(stack.urlOf('appointment'))).toBe(200);

  for (const backend of BACKENDS) {
    const tokens = [TOKEN[backend], COMMON, TOKEN[backend === 'payment' ? 'reservation' : 'payment']];
    const statuses = await Promise.all(tokens.map((token) => statusOf(backend, token)));
    expect([backend, ...statuses]).toEqual([backend, 200, 401, 401]);
  }
});

test('When payment has a token of its own, Then its notices are taken', async () => {
  await using stack = await startWithOwnTokens();
  const response = await fetch(`${stack.urlOf('appointment')}/doctorAppoinment/reservation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...GUIDE_REQUEST, cardNum: ASKS_CARDHOLDER }),
  });
  const { next_action } = (await response.json()) as { next_action: { url: string } };

  await fetch(next_action.url, { method: 'POST', body: new URLSearchParams({ decision: 'approved' }) });

  const notices = () => stack.output.stdout.split('\n').filter((line) => line.includes('/payment-notices/'));
  await waitUntil('a notice has come', () => notices().length > 0);
  expect(notices().map((line) => JSON.parse(line))).toMatchObject([{ method: 'PUT', status: 200 }]);
});
