import { send, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import {
  BOOKING_PATH,
  expectFailure,
  expectProblem,
  GUIDE_FAILURE,
  GUIDE_REQUEST,
  startStack,
} from './appointment-stack.ts';
import { createHold, neverRespond, onlyPosts } from './interferences.ts';

// The last second of it is for the response: with less, a busy machine gives outcome_unknown.
const DEADLINE_MS = 4_000;
// Room for a machine that does many things at once.
const BUSY_MACHINE_MS = 2_500;

const GUIDE_REPLY = {
  payment_status: 'settled',
  payment_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  appointmentId: '1001',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
  fee: '1000.00',
};
const LOCATION = /^\/bookings\/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe.concurrent('a booking that works', () => {
  test('When the guide books on fresh stores, Then it gets the guide reply, and the next one the next slot', async () => {
    await using stack = await startStack();
    const first = await stack.book();
    const second = await stack.book();
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toMatch(/^application\/json/);
    expect(first.json).toEqual(GUIDE_REPLY);
    expect(Object.keys(first.json)).toEqual(Object.keys(GUIDE_REPLY));
    expect(first.headers.get('location')).toMatch(LOCATION);
    expect(second.json).toEqual({ ...GUIDE_REPLY, appointmentId: '1002', time: '3.30pm' });
    expect(second.json.payment_id).not.toBe(first.json.payment_id);
    expect(second.headers.get('location')).not.toBe(first.headers.get('location'));
  });

  test('When the path is spelled as its authors did later, Then it is the same route', async () => {
    await using stack = await startStack();
    const reply = await stack.call('POST', '/doctorAppointment/reservation', GUIDE_REQUEST);
    expect([reply.status, reply.json]).toEqual([200, GUIDE_REPLY]);
  });

  test('When the doctor is another one, Then time, fee and amount are that doctor’s', async () => {
    await using stack = await startStack();
    const reply = await stack.book({
      name: ' Ana ',
      doctor: 'kavya menon',
      date: '29-02-2028',
      cardNum: '4242424242424242',
    });
    const { doctor_name, fee, time, patient_name } = reply.json;
    expect([doctor_name, fee, time, patient_name]).toEqual(['Kavya Menon', '905.25', '4.00pm', 'Ana']);
    expect((await stack.ledgerEntry(reply.headers.get('location') as string)).amount).toBe('905.25');
  });

  test('When a booking runs, Then each service gets what it needs and nothing else, under one key', async () => {
    await using stack = await startStack();
    const body = { ...GUIDE_REQUEST, cardNum: '4242-4242 4242 - 4242', more: 'ignored' };
    const reply = await stack.book(body, { 'x-request-id': 'from-the-client', traceparent: TRACEPARENT });
    const { name, doctor, date } = GUIDE_REQUEST;
    const [reserve] = stack.reservation.requests;
    const [pay] = stack.payment.requests;
    expect(reserve?.body).toEqual({ name, doctor, date });
    expect(pay?.body).toEqual({ name, cardNum: '4242424242424242', amount: '1000.00' });
    expect(reply.headers.get('x-request-id')).toBe('from-the-client');
    for (const request of [reserve, pay]) {
      expect(request?.headers['idempotency-key']).toBe(reply.headers.get('location')?.split('/').at(-1));
      expect(request?.headers['x-request-id']).toBe('from-the-client');
      expect(request?.headers.traceparent).toMatch(new RegExp(`^00-${TRACEPARENT.split('-')[1]}-`));
    }
  });
});

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe.concurrent('a booking that is refused', () => {
  test('When the doctor is unknown, Then it is 404 and nothing is charged', async () => {
    await using stack = await startStack();
    const reply = await stack.book({ ...GUIDE_REQUEST, doctor: 'Nobody' });
    expectFailure(reply, 404, { ...GUIDE_FAILURE, doctor: 'Nobody' });
    expect(stack.payment.requests).toEqual([]);
    expect((await stack.booking(reply)).status).toBe('failed');
  });

  test('When no slot is free that day, Then it is 409, and another day is free', async () => {
    await using stack = await startStack();
    const request = { ...GUIDE_REQUEST, doctor: 'Chidi Okafor' };
    const replies = await Promise.all(Array.from({ length: 6 }, () => stack.book(request)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 409, 409]);
    const refused = replies.filter(({ status }) => status === 409);
    for (const reply of refused) expectFailure(reply, 409, { ...GUIDE_FAILURE, doctor: 'Chidi Okafor' });
    expect((await stack.book({ ...request, date: '01-10-2019' })).status).toBe(200);
    const { slots, charges } = await stack.kept();
    expect([slots.length, charges]).toEqual([5, slots]);
  });

  test.each([
    ['is declined', '4000000000000002', 'declined'],
    ['has no funds', '4000-0000-0000-9995', 'declined'],
    ['meets a processing error', '4000000000000119', 'voided'],
  ])(
    'When the card %s, Then it is 402, nothing is kept and the slot is free at once',
    async (_what, cardNum, ledger) => {
      await using stack = await startStack();
      const reply = await stack.book({ ...GUIDE_REQUEST, cardNum });
      expectFailure(reply, 402);
      await waitUntil('the slot is free', async () => (await stack.slots('John Doe', '30-09-2019'))[0].free, 1_000);
      expect(await stack.kept()).toEqual({ slots: [], charges: [] });
      expect((await stack.ledgerEntry(reply.headers.get('location') as string)).payment_status).toBe(ledger);
      expect((await stack.booking(reply)).status).toBe('compensated');
      expect((await stack.book()).json).toMatchObject({ appointmentId: '1002', time: '3.00pm' });
    },
  );

  test.each([200, 201, 400, 402, 418, 422])(
    'When reservation responds %d without an appointmentId, Then the status is passed on',
    async (status) => {
      await using stack = await startStack();
      stack.reservation.interfere(
        onlyPosts((ctx) => {
          ctx.status = status;
          ctx.body = { message: 'not today' };
        }),
      );
      const reply = await stack.book();
      expectFailure(reply, status);
      expect(stack.payment.requests).toEqual([]);
      // Something in between may have said it: what reservation may have done is undone.
      const ending = status < 400 ? 'failed' : 'compensated';
      expect(await stack.booking(reply)).toMatchObject({ status: ending, reply: GUIDE_FAILURE });
      expect(stack.reservation.requests.filter(({ method }) => method === 'PUT')).toHaveLength(status < 400 ? 0 : 1);
    },
  );

  test.each([
    [200, { payment_status: 'declined' }, 402],
    [402, {}, 402],
    [400, { code: 'invalid_input' }, 503],
    [404, '', 503],
    [409, { code: 'voided' }, 503],
  ])(
    'When payment responds %d %j, Then the client gets %d and the slot is free',
    async (status, body, clientStatus) => {
      await using stack = await startStack();
      stack.payment.interfere(
        onlyPosts((ctx) => {
          ctx.status = status;
          ctx.body = body;
        }),
      );
      expectFailure(await stack.book(), clientStatus);
      expect(stack.payment.posts()).toHaveLength(1);
      expect(await stack.kept()).toEqual({ slots: [], charges: [] });
    },
  );
});

describe.concurrent('a booking that cannot be made', () => {
  test.each(['reservation', 'payment'] as const)(
    'When %s cannot be reached, Then it is 503 with Retry-After',
    async (name) => {
      await using stack = await startStack({ bookingDeadlineMs: DEADLINE_MS });
      await stack[name].goDown();
      const reply = await stack.book();
      expectFailure(reply, 503);
      await stack[name].comeBack();
      await stack.keeps(0);
    },
  );

  test.each(['reservation', 'payment'] as const)(
    'When %s never responds, Then it is 503 by the deadline',
    async (name) => {
      await using stack = await startStack({ bookingDeadlineMs: DEADLINE_MS, stepTimeoutMs: 10_000 });
      stack[name].interfere(neverRespond);
      const began = performance.now();
      expectFailure(await stack.book(), 503);
      expect(performance.now() - began).toBeLessThan(DEADLINE_MS + BUSY_MACHINE_MS);
    },
  );

  test('When too much is in flight, Then it is 503 overloaded, nothing is begun, and room is made again', async () => {
    await using stack = await startStack({ maxInFlight: 1 });
    const hold = createHold();
    stack.reservation.interfere(hold.before);
    const first = stack.book();
    await waitUntil('the first is under way', () => hold.held() === 1);
    const second = await stack.book();
    expectProblem(second, 503, 'overloaded');
    expect(second.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(second.headers.get('location')).toBeNull();
    hold.release();
    expect((await first).status).toBe(200);
    expect((await stack.book()).status).toBe(200);
    expect(stack.reservation.requests).toHaveLength(2);
  });

  test('When the body is not acceptable, Then it is a problem and nothing is begun', async () => {
    await using stack = await startStack();
    const refused = [
      await stack.book({ ...GUIDE_REQUEST, date: '30-02-2026' }),
      await stack.book({ ...GUIDE_REQUEST, more: 'x'.repeat(16 * 1024) }),
      await send(stack.url() + BOOKING_PATH, 'POST', 'name=x', { 'content-type': 'text/plain' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 413, 415]);
    for (const reply of refused) {
      expectProblem(reply, reply.status, reply.json.code);
      expect(reply.headers.get('location')).toBeNull();
    }
    expect(stack.reservation.requests).toEqual([]);
  });
});
