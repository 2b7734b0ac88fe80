import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { BOOKING_PATH, bookingIdOf } from '../src/api/appointment.ts';
import type { Send, ServiceResponse } from '../src/api/sender.ts';
import { findCards } from '../src/card-traces.ts';
import { type Stack, startStack } from '../src/environment.ts';
import { DECLINED } from '../src/guide.ts';

const CANARY = '4929123456781234';
const CARDS = [CANARY, DECLINED];
const request = { name: 'Canary Bird', doctor: 'John Doe', date: '01-02-2035', cardNum: CANARY };
const amount = '1000.00';

const truncated = `{"name":"Canary Bird","amount":"${amount}","cardNum":"${CANARY}"`;
const BAD: Array<[string, Send]> = [
  ['truncated JSON', { raw: truncated, headers: { 'content-type': 'application/json' } }],
  ['a card that is a number', { json: { ...request, amount, cardNum: Number(CANARY) } }],
  ['a card with too many digits', { json: { ...request, amount, cardNum: `${CANARY}${CANARY}` } }],
  ['a card with letters', { json: { ...request, amount, cardNum: `${CANARY}x` } }],
  ['a card in a list', { json: { ...request, amount, cardNum: [CANARY] } }],
  ['a card that is the body', { json: CANARY }],
  ['another media type', { raw: truncated, headers: { 'content-type': 'text/plain' } }],
  ['too large a body', { json: { ...request, amount, more: CANARY.repeat(1_100) } }],
];

describe('A card number', () => {
  const replies: string[] = [];
  let stack: Stack;
  /** Of a booking that was confirmed: it must be found wherever the card must not. */
  let reference = '';

  const remember = <Body>(response: ServiceResponse<Body>): ServiceResponse<Body> => {
    replies.push(response.text, JSON.stringify(response.headers));
    return response;
  };

  beforeAll(async () => {
    stack = await startStack({ LOG_LEVEL: 'debug' });
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  test('When it is charged, as digits and in groups, Then 200', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const response = remember(await stack.appointment.book(request, key));
    reference = String(bookingIdOf(response));
    const again = remember(await stack.appointment.book(request, key));
    const grouped = remember(await stack.appointment.book({ ...request, cardNum: '4929-1234 5678-1234' }));
    expect([response.status, again.status, grouped.status]).toEqual([200, 200, 200]);
    expect(remember(await stack.appointment.find(reference)).body.card).toBe('•••• 1234');
    expect(remember(await stack.payment.find(reference)).body.card).toBe('•••• 1234');
  });

  test('When it is declined, Then 402', async () => {
    const response = remember(await stack.appointment.book({ ...request, cardNum: DECLINED }));
    expect(response.status).toBe(402);
    expect(remember(await stack.payment.pay({ ...request, amount, cardNum: DECLINED })).status).toBe(402);
  });

  test.each(BAD)('When it comes in a bad request (%s), Then 4xx', async (_, send) => {
    const booked = remember(await stack.appointment.send('POST', BOOKING_PATH, send));
    const paid = remember(await stack.payment.send('POST', 'payment/makePayment', send));
    const lost = remember(await stack.appointment.send('PUT', BOOKING_PATH, send));
    for (const { status } of [booked, paid, lost]) expect([400, 405, 413, 415]).toContain(status);
    const reserved = await stack.reservation.send('POST', 'reservation/createAppointment', send);
    expect(remember(reserved).status).toBeLessThan(500);
  });

  test('When payment dies before and during the call, Then 503', async () => {
    await stack.containers.payment.kill();
    expect(remember(await stack.appointment.book(request)).status).toBe(503);
    await stack.containers.payment.start();
    await stack.healthy();
    const book = async () => remember(await stack.appointment.book(request)).status;
    await expect.poll(book, { timeout: 10_000 }).toBe(200);
    await stack.containers.payment.pause();
    const response = stack.appointment.book({ ...request, date: '02-02-2035' });
    const paying = async () => (await stack.appointment.list()).find(({ date }) => date === '02-02-2035')?.steps.at(-1);
    await expect.poll(paying, { timeout: 5_000, interval: 20 }).toMatchObject({ name: 'pay', status: 'running' });
    await stack.containers.payment.kill();
    expect(remember(await response).status).toBe(503);
    await stack.containers.payment.start();
    await stack.healthy();
    const unfinished = async () =>
      (await stack.appointment.list()).filter(({ status }) => status === 'pending' || status === 'compensating');
    await expect.poll(unfinished, { timeout: 10_000 }).toEqual([]);
  });

  test('When all replies are searched, Then nothing of it is in any', async () => {
    for (const { send } of [stack.appointment, stack.reservation, stack.payment])
      for (const path of ['metrics', 'readyz']) remember(await send('GET', path));
    for (const { reference } of await stack.payment.list()) remember(await stack.payment.find(reference));
    replies.push(JSON.stringify([await stack.appointment.list(), await stack.reservation.list()]));
    const bytes = Buffer.from(replies.join('\n'));
    expect(bytes.includes(reference)).toBe(true);
    expect(findCards(bytes, CARDS)).toEqual([]);
  });

  test('When the logs are searched, Then nothing of it is in them', async () => {
    const logs = await stack.logs();
    for (const service of SERVICE_NAMES) expect(logs.includes(`"service":"${service}"`)).toBe(true);
    expect(logs.includes(reference)).toBe(true);
    expect(findCards(logs, CARDS)).toEqual([]);
  });

  test.each(SERVICE_NAMES)(
    'When the database and WAL files of %s are searched, Then nothing of it is there',
    async (service) => {
      const data = await stack.containers[service].data();
      for (const written of [`${service}.db`, `${service}.db-wal`, reference])
        expect(data.includes(written)).toBe(true);
      expect(findCards(data, CARDS)).toEqual([]);
    },
  );
});
