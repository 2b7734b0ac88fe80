import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { overPostgres, storeUrl, temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { openPaymentDatabase } from '../src/payment-store.ts';
import { PAYER, paymentApi } from './payment-service.ts';
import { startPsp } from './stub-psp.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Starts the service as its own process, and waits until it says where it listens. */
async function startProcess(folder: string, gatewayUrl: string) {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PORT: '0',
      DATABASE_URL: await storeUrl(folder, 'payment'),
      PAYMENT_GATEWAY_URL: gatewayUrl,
      GATEWAY_TIMEOUT_MS: '60000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    const { message, url } = JSON.parse(line) as { message: string; url?: string };
    if (message === 'listening' && url) return { child, ...paymentApi(url), ...disposable(child) };
  }
  throw new Error('the service ended before it listened');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const disposable = (child: ChildProcess) => ({ [Symbol.asyncDispose]: () => kill(child) });

/** Moves the store minutes ahead: no unfinished request counts as running any more. */
async function endTimeOfKeys(folder: string): Promise<void> {
  const database = await openPaymentDatabase(await storeUrl(folder, 'payment'));
  await database.transaction(async (tables) => {
    await tables.updateTable('idempotency_keys').set({ running_until: Date.now() }).execute();
  });
  await database.close();
}

describe('a crash', () => {
  test('When it comes between charge and record, Then a retry with the key settles, charged once', async () => {
    using folder = temporaryFolder();
    await using psp = await startPsp();
    psp.everyResponse = 'hang';
    await using first = await startProcess(folder.path, psp.url);
    const lost = first.pay(PAYER, 'booking-1').catch(() => 'no reply');
    await waitUntil('the charge is made', () => psp.charges.size > 0);
    await kill(first.child);
    expect(await lost).toBe('no reply');

    psp.everyResponse = undefined;
    await using second = await startProcess(folder.path, psp.url);
    expect((await second.find('booking-1')).json.code).toBe('payment_undecided');
    if (overPostgres()) {
      // Where the store is shared, another replica may still be running: the key is free when its time is over.
      expect((await second.pay(PAYER, 'booking-1')).json.code).toBe('request_in_progress');
      await endTimeOfKeys(folder.path);
    }
    const paid = await second.pay(PAYER, 'booking-1');
    expect([paid.status, paid.json.payment_status]).toEqual([200, 'settled']);
    expect((await second.pay(PAYER, 'booking-1')).text).toBe(paid.text);
    expect(psp.paths()).toEqual(['/charges', '/charges']);
    expect([...psp.charges.keys()]).toEqual(['booking-1']);
    expect((await second.list()).json.items).toHaveLength(1);
  });

  test('When it comes in the middle of a refund, Then the next start finishes it', async () => {
    using folder = temporaryFolder();
    await using psp = await startPsp();
    await using first = await startProcess(folder.path, psp.url);
    await first.pay(PAYER, 'booking-1');
    psp.everyResponse = 'hang';
    const lost = first.refund('booking-1').catch(() => 'no reply');
    await waitUntil('the refund is requested', () => psp.refunds.size > 0);
    await kill(first.child);
    expect(await lost).toBe('no reply');

    psp.everyResponse = undefined;
    await using second = await startProcess(folder.path, psp.url);
    await waitUntil(
      'the payment is refunded',
      async () => (await second.find('booking-1')).json.payment_status === 'refunded',
    );
    expect(psp.refunds.size).toBe(1);
  });

  test('When it gets SIGTERM, Then it ends with exit code 0', async () => {
    using folder = temporaryFolder();
    await using psp = await startPsp();
    await using service = await startProcess(folder.path, psp.url);
    const exit = once(service.child, 'exit');
    service.child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});
