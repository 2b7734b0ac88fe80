import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signWebhook, temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../../appointment/test/webhooks/receiver.ts';
import { startPsp } from '../../payment/test/stub-psp.ts';
import { SERVICE_NAMES } from '../../services.ts';
import { createFaultStack, OPERATOR_TOKEN } from '../src/faults/fault-stack.ts';
import { heapSnapshotArguments, takeHeapSnapshot } from '../src/faults/heap-snapshot.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { expectAllEnded } from '../src/faults/verdict.ts';
import { findSecrets } from '../src/secret-traces.ts';

const secretOf = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
/** What the processes are started with, and so have in memory. */
const CONFIGURED = {
  OPERATOR_TOKEN,
  SERVICE_TOKEN: 'canary-of-the-services-0001',
  PAYMENT_GATEWAY_TOKEN: 'canary-of-the-gateway-0002',
  PAYMENT_GATEWAY_WEBHOOK_SECRET: secretOf('G'),
  'the secret of a webhook receiver': secretOf('W'),
};
/** What only those who call know: the access file has hashes of the first two. */
const CALLERS = {
  'the token of a client': 'canary-of-a-client-0003',
  'the token of an operator': 'canary-of-an-operator-0004',
  'a wrong token': 'canary-of-nobody-0005',
};
const CLIENT = CALLERS['the token of a client'];
const ADA = CALLERS['the token of an operator'];
const WRONG = CALLERS['a wrong token'];
const BOOKING_PATH = '/doctorAppoinment/reservation';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const owned = new AsyncDisposableStack();
afterAll(() => owned.disposeAsync());
const folder = owned.use(temporaryFolder());

async function startStack() {
  const receiver = owned.use(await startReceiver({ secret: CONFIGURED['the secret of a webhook receiver'] }));
  const psp = owned.use(await startPsp());
  const accessFile = join(folder.path, 'access.json');
  const entry = (id: string, role: string, token: string) => {
    return { id, role, tokenSha256: createHash('sha256').update(token).digest('hex') };
  };
  writeFileSync(accessFile, JSON.stringify([entry('shop', 'client', CLIENT), entry('ada', 'operator', ADA)]));
  const { OPERATOR_TOKEN: _own, 'the secret of a webhook receiver': _receivers, ...env } = CONFIGURED;
  const stack = owned.use(
    await createFaultStack({
      keepLogs: true,
      env: {
        ...env,
        ...receiver.settings(folder.path),
        ACCESS_FILE: accessFile,
        LOG_LEVEL: 'debug',
        RATE_LIMIT: '1000/1h',
        PAYMENT_GATEWAY_URL: psp.url,
      },
      nodeArguments: heapSnapshotArguments(folder.path),
    }),
  );
  await stack.startAll();
  return { stack, receiver };
}

/** All that anybody was answered, with headers. */
const replies: string[] = [];
let running: Awaited<ReturnType<typeof startStack>>;

async function call(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  replies.push(await response.clone().text(), JSON.stringify([...response.headers]));
  return response;
}

/** Each secret where somebody might put it by mistake. */
async function misplace(url: string, secret: string): Promise<void> {
  const shown = encodeURIComponent(secret);
  await call(`${url}/bookings/${shown}`, { headers: bearer(CLIENT) });
  await call(`${url}/bookings?status=${shown}`, { headers: bearer(ADA) });
  await call(`${url}/${shown}`);
  const wrong = { method: 'POST', headers: { ...bearer(CLIENT), ...JSON_TYPE } };
  await call(url + BOOKING_PATH, { ...wrong, body: JSON.stringify({ ...bookingFor(1), cardNum: secret }) });
  await call(url + BOOKING_PATH, { ...wrong, body: `{"name":"${secret}"` });
  await call(url + BOOKING_PATH, { ...wrong, headers: { ...wrong.headers, 'content-type': secret }, body: '{}' });
}

async function useAll(): Promise<void> {
  const { appointment, payment, reservation } = running.stack.addresses;
  const book = (day: number, token: string) => {
    const headers = { ...bearer(token), ...JSON_TYPE, 'idempotency-key': `day-${day}` };
    return call(appointment + BOOKING_PATH, { method: 'POST', headers, body: JSON.stringify(bookingFor(day)) });
  };
  const booked = await book(1, CLIENT);
  expect([booked.status, (await book(1, CLIENT)).status, (await book(2, WRONG)).status]).toEqual([200, 200, 401]);
  const path = appointment + booked.headers.get('location');
  expect((await call(path, { headers: bearer(CLIENT) })).status).toBe(200);
  await call(`${path}/cancellation`, { method: 'PUT', headers: bearer(ADA) });
  await call(`${appointment}/bookings`, { headers: bearer(OPERATOR_TOKEN) });
  for (const token of [ADA, OPERATOR_TOKEN, WRONG]) {
    const headers = { ...FORM, origin: appointment };
    await call(`${appointment}/console/sign-in`, { method: 'POST', headers, body: new URLSearchParams({ token }) });
  }
  for (const url of [payment, reservation]) {
    for (const token of [CONFIGURED.SERVICE_TOKEN, WRONG, CLIENT])
      await call(`${url}/docs`, { headers: bearer(token) });
  }
  const body = JSON.stringify({ type: 'charge.settled', data: { reference: 'nobody-knows' } });
  for (const secret of [CONFIGURED.PAYMENT_GATEWAY_WEBHOOK_SECRET, secretOf('X')]) {
    const headers = signWebhook({ secret, id: `event-${secret.at(-2)}`, body });
    await call(`${payment}/payment/gateway-events`, { method: 'POST', headers, body });
  }
  for (const secret of Object.values({ ...CONFIGURED, ...CALLERS })) await misplace(appointment, secret);
}

beforeAll(async () => {
  running = await startStack();
  await useAll();
  await expectAllEnded(running.stack.addresses);
  await waitUntil('webhooks are told', () => running.receiver.received.length >= 2, 10_000);
  for (const name of SERVICE_NAMES) await call(`${running.stack.addresses[name]}/metrics`);
}, 60_000);

describe('When all tokens and secrets were used, misused and misplaced', () => {
  const all = { ...CONFIGURED, ...CALLERS };

  test('Then no reply and no page of metrics has one', () => {
    expect(replies.length).toBeGreaterThan(100);
    expect(findSecrets(Buffer.from(replies.join('\n')), all)).toEqual([]);
  });

  test('Then no log has one', () => {
    for (const name of SERVICE_NAMES) {
      const log = running.stack.logOf(name);
      expect(log, name).toContain('"message":"request"');
      expect(findSecrets(Buffer.from(log), all), name).toEqual([]);
    }
  });

  test('Then no store has one', () => {
    for (const name of SERVICE_NAMES) {
      const files = globSync(`${running.stack.storeOf(name)}*`);
      expect(files.length, name).toBeGreaterThan(1);
      for (const file of files) expect(findSecrets(readFileSync(file), all), file).toEqual([]);
    }
  });

  test('Then no webhook has one, but its signature', () => {
    expect(running.receiver.received.every(({ verified }) => verified)).toBe(true);
    const bodies = running.receiver.received.map(({ body }) => body);
    expect(findSecrets(Buffer.from(bodies.join('\n')), all)).toEqual([]);
  });

  test('Then no process keeps one but those that it was started with', { timeout: 60_000 }, async () => {
    for (const name of SERVICE_NAMES) {
      const snapshot = await takeHeapSnapshot(
        folder.path,
        running.stack.processOf(name),
        running.stack.addresses[name],
      );
      // Which shows what a secret in memory looks like.
      expect(findSecrets(snapshot, { SERVICE_TOKEN: CONFIGURED.SERVICE_TOKEN }), name).not.toEqual([]);
      expect(findSecrets(snapshot, CALLERS), name).toEqual([]);
    }
  });
});
