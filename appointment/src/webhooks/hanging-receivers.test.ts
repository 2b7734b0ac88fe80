import { expect, test } from 'vitest';
import { createHangingReceivers } from './hanging-receivers.ts';
import type { TryResult } from './send-webhook.ts';

const TIMEOUT: TryResult = { status: null, code: 'timeout' };
const TAKEN: TryResult = { status: 200, code: null };

async function hang(attempt: ReturnType<typeof createHangingReceivers>, url: string) {
  for (let count = 0; count < 5; count += 1) expect(await attempt(url, async () => TIMEOUT)).toEqual(TIMEOUT);
}

test('When a receiver hangs, Then one try at a time finds out whether it still does, and others are not held up', async () => {
  const attempt = createHangingReceivers();
  await hang(attempt, 'hangs');
  const probe = Promise.withResolvers<TryResult>();

  const probing = attempt('hangs', () => probe.promise);
  const beside = await attempt('hangs', () => expect.fail('it is being probed'));
  const other = await attempt('another', async () => TAKEN);
  probe.resolve(TIMEOUT);

  expect(beside).toEqual({ status: null, code: 'receiver_hangs' });
  expect(other).toEqual(TAKEN);
  expect(await probing).toEqual(TIMEOUT);
});

test('When it responds again, Then all are sent again', async () => {
  const attempt = createHangingReceivers();
  await hang(attempt, 'hangs');

  expect(await attempt('hangs', async () => ({ status: 500, code: null }))).toEqual({ status: 500, code: null });

  const first = Promise.withResolvers<TryResult>();
  const sending = attempt('hangs', () => first.promise);
  expect(await attempt('hangs', async () => TAKEN)).toEqual(TAKEN);
  first.resolve(TAKEN);
  expect(await sending).toEqual(TAKEN);
});

test('When the probe is cut short, Then the next try is one', async () => {
  const attempt = createHangingReceivers();
  await hang(attempt, 'hangs');
  await expect(attempt('hangs', () => Promise.reject(new Error('shutdown')))).rejects.toThrow('shutdown');
  expect(await attempt('hangs', async () => TAKEN)).toEqual(TAKEN);
});
