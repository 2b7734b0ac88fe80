import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { connect } from 'node:tls';
import { temporaryFolder } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOOKING_PATH as RELATIVE_PATH } from '../src/api/appointment.ts';
import { freshDay } from '../src/bookings-under-way.ts';
import { makeCertificate } from '../src/certificate.ts';
import { SETTLES } from '../src/guide.ts';
import { type ScaledStack, startScaledStack } from '../src/scaled-stack.ts';
import { sendBytes } from '../src/send-bytes.ts';
import { PROBES, SMUGGLED } from '../src/smuggling-probes.ts';
import { OPERATOR_TOKEN } from '../src/stack-settings.ts';

const folder = temporaryFolder();
const certificate = makeCertificate(folder.path, 'localhost');
const BOOKING_PATH = `/${RELATIVE_PATH}`;
const HSTS = 'max-age=63072000';
const BOOKING = { name: 'Safely Sent', doctor: 'John Doe', date: freshDay(), cardNum: SETTLES };

let stack: ScaledStack;
let port: string;
beforeAll(async () => {
  stack = await startScaledStack({ EDGE_CERT_FILE: certificate });
  port = new URL(stack.appointment.url).port;
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Reply {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Sends a request to the entrance, with TLS or without. */
function send(scheme: 'http' | 'https', path: string, headers: Record<string, string> = {}, body?: string) {
  const options = { host: 'localhost', port, path, method: body ? 'POST' : 'GET', headers };
  return new Promise<Reply>((resolve, reject) => {
    const take = (reply: IncomingMessage) => {
      const chunks: Buffer[] = [];
      reply
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () => {
          resolve({ status: reply.statusCode, headers: reply.headers, text: Buffer.concat(chunks).toString() });
        });
    };
    const secure = { ...options, ca: readFileSync(certificate) };
    const sent = scheme === 'https' ? requestSecure(secure, take) : requestPlain(options, take);
    sent.on('error', reject).end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const OPERATOR = { authorization: `Bearer ${OPERATOR_TOKEN}` };

describe('The entrance with a certificate', () => {
  test('When a booking comes with TLS, Then it is booked, and browsers are told to come no other way', async () => {
    const { status, headers, text } = await send('https', BOOKING_PATH, JSON_TYPE, JSON.stringify(BOOKING));
    expect([status, headers['strict-transport-security']]).toEqual([200, HSTS]);
    expect(JSON.parse(text)).toMatchObject({ patient_name: BOOKING.name, payment_status: 'settled' });
  });

  test('When it comes without, Then it is sent to where there is TLS, and nothing is begun', async () => {
    const name = 'In The Clear';
    const { status, headers } = await send('http', BOOKING_PATH, JSON_TYPE, JSON.stringify({ ...BOOKING, name }));
    expect([status, headers.location]).toEqual([308, `https://localhost:${port}${BOOKING_PATH}`]);
    const { text } = await send('https', '/bookings?q=in%20the%20clear', OPERATOR);
    expect(JSON.parse(text).items).toEqual([]);
  });

  test.each([
    ['TLSv1.1', 'refused'],
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1.3', 'TLSv1.3'],
  ] as const)('When a client knows no later TLS than %s, Then it is %s', async (maxVersion, expected) => {
    const options = { host: 'localhost', port: Number(port), ca: readFileSync(certificate), maxVersion };
    const old = { ...options, minVersion: 'TLSv1' as const, ciphers: 'DEFAULT@SECLEVEL=0' };
    const spoken = await new Promise<string | null>((resolve) => {
      const socket = connect(old, () => {
        resolve(socket.getProtocol());
        socket.end();
      });
      socket.on('error', () => resolve('refused'));
    });
    expect(spoken).toBe(expected);
  });

  test('When the console is opened, Then its cookie is Secure, and its own page counts as such', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: `https://localhost:${port}` };
    const signIn = (headers: typeof form) => send('https', '/console/sign-in', headers, `token=${OPERATOR_TOKEN}`);
    const secure = await signIn(form);
    expect([secure.status, String(secure.headers['set-cookie'])]).toEqual([303, expect.stringMatching(/; Secure$/)]);
    expect((await signIn({ ...form, origin: `http://localhost:${port}` })).status).toBe(403);
  });
});

describe('What is for those who run it', () => {
  test.each(['/metrics', '/METRICS/', '/metrics?x=1', '/docs', '/docs/page.js', '/openapi.json'])(
    'When a client asks for %s, Then 404 problem details of no replica',
    async (path) => {
      const { status, headers, text } = await send('https', path);
      expect([status, headers['content-type'], JSON.parse(text).code]).toEqual([
        404,
        'application/problem+json',
        'not_found',
      ]);
      expect(headers).not.toHaveProperty('x-request-id');
      for (const { url } of [stack.reservation, stack.payment]) expect((await fetch(url + path)).status).toBe(404);
    },
  );

  test('When a replica is asked itself, Then it has them', async () => {
    const [replica] = stack.replicas('appointment');
    const ask = "fetch('http://127.0.0.1:9090/metrics').then(({ status }) => console.log(status))";
    expect(String(await replica?.exec('node', '--eval', ask)).trim()).toBe('200');
  });
});

// HAProxy's `tune.bufsize`, by default.
const BALANCER_READS_BYTES = 16_384;

describe('Bytes that two readers could take for two requests', () => {
  test.each(PROBES)(
    'When they are %s, Then one is refused, and others get their own responses',
    async (_what, bytes) => {
      using probe = sendBytes({ host: 'localhost', port: Number(port), ca: readFileSync(certificate) }, bytes);
      await probe.responded;

      const names = ['Honest One', 'Honest Two', 'Honest Three'];
      const honest = names.map((name) =>
        send('https', BOOKING_PATH, JSON_TYPE, JSON.stringify({ ...BOOKING, name, date: freshDay() })),
      );

      expect((await Promise.all(honest)).map(({ text }) => JSON.parse(text).patient_name)).toEqual(names);
      const refused = expect.toSatisfy((status: number) => status >= 400);
      // What the balancer does not read to its end it resets, and that may overtake its response.
      const isReset = bytes.length > BALANCER_READS_BYTES && probe.statuses().length === 0;
      expect(probe.statuses()).toEqual(isReset ? [] : [refused]);
      const { text } = await send('https', `/bookings?q=${encodeURIComponent(SMUGGLED)}`, OPERATOR);
      expect(JSON.parse(text).items).toEqual([]);
    },
  );

  test('When all is done, Then nothing is booked and charged that was not asked for', async () => {
    const appointments = await stack.reservation.list();
    const payments = await stack.payment.list();
    expect(appointments.map(({ patient_name }) => patient_name)).not.toContain(SMUGGLED);
    const references = (those: ReadonlyArray<{ reference: string }>) =>
      those.map(({ reference }) => reference).toSorted();
    expect(references(payments)).toEqual(references(appointments));
  });
});

// Shuts this address out, so that no operator could look any more.
test('When wrong tokens come with forged addresses, Then they are one client’s all the same, at every replica', async () => {
  const statuses: Array<number | undefined> = [];
  for (let count = 0; count < 30; count += 1) {
    const forged = { 'x-forwarded-for': `198.51.100.${count}`, forwarded: `for=198.51.100.${count}` };
    statuses.push((await send('https', '/bookings', { ...forged, authorization: `Bearer guess-${count}` })).status);
  }
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
  expect(statuses.slice(10)).toEqual(Array(20).fill(429));
});
