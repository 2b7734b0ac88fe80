import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BACKEND_NAMES } from '../../services.ts';
import { type BookingRequest, bookingIdOf } from '../src/api/appointment.ts';
import { createPaymentApi } from '../src/api/payment.ts';
import { createReservationApi } from '../src/api/reservation.ts';
import { type Stack, startStack } from '../src/environment.ts';
import { DECLINED, failureOf, GUIDE_CURL, GUIDE_REPLY, GUIDE_REQUEST, SETTLES } from '../src/guide.ts';
import { run } from '../src/run.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

// Each service is called in one step; a later one goes after these.
const STEPS = ['reserve', 'pay', ...BACKEND_NAMES.slice(2).map(() => expect.any(String))];

const request = (wishes: Partial<BookingRequest> = {}): BookingRequest => ({
  name: 'Ada Byron',
  doctor: 'Grace Nakamura',
  date: '02-03-2031',
  cardNum: SETTLES,
  ...wishes,
});

describe('A fresh stack out of the compose file', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  test("When the guide's curl line is run, Then it prints the guide's reply but for the payment id", async () => {
    const line = GUIDE_CURL.replace('http://localhost:9090', stack.appointment.url).replace('curl ', 'curl -sS ');
    const { exitCode, stdout } = await run('sh', ['-c', line]);
    expect(exitCode).toBe(0);
    const reply = JSON.parse(String(stdout)) as typeof GUIDE_REPLY;
    expect(Object.keys(reply)).toEqual(Object.keys(GUIDE_REPLY));
    expect(reply).toEqual({ ...GUIDE_REPLY, payment_id: expect.stringMatching(UUID) });
    expect(reply.payment_id).not.toBe(GUIDE_REPLY.payment_id);
  });

  test("When the same request comes a second time, Then it gets 1002 and the doctor's next slot", async () => {
    const { status, headers, body } = await stack.appointment.book(GUIDE_REQUEST);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    const next = { appointmentId: '1002', time: '3.30pm', payment_id: expect.stringMatching(UUID) };
    expect(body).toEqual({ ...GUIDE_REPLY, ...next });
  });

  test('When the doctor is unknown, Then 404 with the four members and nothing is charged', async () => {
    const unknown = request({ doctor: 'Nobody' });
    const response = await stack.appointment.book(unknown);
    expect([response.status, response.text]).toEqual([404, JSON.stringify(failureOf(unknown))]);
    expect((await stack.payment.find(String(bookingIdOf(response)))).body?.payment_status).not.toBe('settled');
  });

  test("When more clients than slots want a doctor's day at once, Then the rest get 409", async () => {
    const wanted = request({ doctor: 'Chidi Okafor' });
    const responses = await Promise.all(Array.from({ length: 6 }, () => stack.appointment.book(wanted)));
    expect(responses.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 409, 409]);
    for (const { text } of responses.filter(({ status }) => status === 409))
      expect(text).toBe(JSON.stringify(failureOf(wanted)));
    const times = responses.flatMap(({ body }) => body.time ?? []);
    expect(times.toSorted()).toEqual(['1.00pm', '2.00pm', '3.00pm', '4.00pm']);
  });

  test('When the card is declined, Then 402 and the slot is free again within a second', async () => {
    const declined = request({ cardNum: DECLINED });
    const before = (await stack.reservation.slots(declined.doctor, declined.date)).body;
    const { status, text } = await stack.appointment.book(declined);
    expect([status, text]).toEqual([402, JSON.stringify(failureOf(declined))]);
    const slots = async () => (await stack.reservation.slots(declined.doctor, declined.date)).body;
    await expect.poll(slots, { timeout: 1_000 }).toEqual(before);
    expect(before.every(({ free }) => free)).toBe(true);
  });

  test('When a request is retried with its key, Then it gets the same bytes and books nothing', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await stack.appointment.book(request(), key);
    const booked = (await stack.reservation.list()).length;
    const again = await stack.appointment.book(request(), key);
    expect(first.status).toBe(200);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(await stack.reservation.list()).toHaveLength(booked);
    const other = await stack.appointment.book(request({ name: 'Someone Else' }), key);
    expect(other.status).toBe(422);
  });

  test('When a booking is looked at, Then it shows its steps and four digits of the card', async () => {
    const response = await stack.appointment.book(request());
    const { status, body } = await stack.appointment.find(String(bookingIdOf(response)));
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'confirmed', card: '•••• 4242', reply: response.body });
    expect(body.steps.map(({ name, status }) => [name, status])).toEqual(STEPS.map((name) => [name, 'done']));
  });

  test('When an operator cancels a booking twice, Then it is refunded and released once', async () => {
    const response = await stack.appointment.book(request({ date: '03-03-2031' }));
    const id = String(bookingIdOf(response));
    for (const cancelled of [await stack.appointment.cancel(id), await stack.appointment.cancel(id)])
      expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
    expect((await stack.payment.find(id)).body.payment_status).toBe('refunded');
    const { body: slots } = await stack.reservation.slots('Grace Nakamura', '03-03-2031');
    expect(slots.every(({ free }) => free)).toBe(true);
    expect((await stack.appointment.send('PUT', `bookings/${id}/cancellation`)).status).toBe(401);
  });

  test('When all of this is over, Then the three stores agree with each other', () => stack.audited());
});

describe('A stack with a service token', () => {
  const SERVICE_TOKEN = randomUUID();
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ SERVICE_TOKEN, OPERATOR_TOKEN: '' });
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  test("When the guide's request uses the later spelling, Then it gets the guide's reply", async () => {
    const { status, body } = await stack.appointment.book(GUIDE_REQUEST, {}, 'doctorAppointment/reservation');
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(Object.keys(GUIDE_REPLY));
    expect(body).toEqual({ ...GUIDE_REPLY, payment_id: expect.stringMatching(UUID) });
  });

  test.each([undefined, 'a-wrong-token'])('When a backend is called with the token %s, Then 401', async (token) => {
    const reservation = createReservationApi(stack.reservation.url, token);
    const payment = createPaymentApi(stack.payment.url, token);
    const refusals = [
      await reservation.create(request() as never),
      await reservation.slots('John Doe', '30-09-2019'),
      await payment.pay({ name: 'Ada Byron', cardNum: SETTLES, amount: '1.00' }),
      await payment.find(randomUUID()),
    ];
    for (const { status, headers } of refusals)
      expect([status, headers['content-type']]).toEqual([401, expect.stringMatching(/^application\/problem\+json/)]);
    expect((await reservation.send('GET', 'livez')).status).toBe(200);
    expect(await stack.payment.list()).toHaveLength(1);
  });

  test('When there is no operator token, Then operators are refused', async () => {
    const { status, body } = await stack.appointment.send<{ code: string }>('GET', 'bookings');
    expect([status, body.code]).toEqual([403, 'operator_token_not_set']);
  });
});
