import { type Outcome, outcomeOf, type SagaRecord, type SagaStatus } from 'durable-saga';
import { describe, expect, test } from 'vitest';
import { presentBooking, replyTo, toBookingStatus, toSagaStatus } from './present-booking.ts';
import { bookingStatus } from './schema.ts';

const BOOKING = {
  id: '019a0000-0000-7000-8000-000000000000',
  name: 'Thomas Colins',
  doctor: 'John Doe',
  doctor_key: 'john doe',
  date: '30-09-2019',
  card_last_four: '4567',
  idempotency_key: null,
  client: null,
};
const FAILURE = { appointment_status: 'failure', name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019' };

function sagaThat(what: Partial<SagaRecord>): SagaRecord {
  return {
    id: BOOKING.id,
    name: 'book-appointment',
    input: {},
    trace: null,
    createdAt: 0,
    updatedAt: 1_000,
    status: 'pending',
    goal: 'complete',
    steps: [],
    result: null,
    failure: null,
    version: 1,
    reschedules: 0,
    reason: null,
    progressAt: 0,
    dueAt: null,
    wakeAt: null,
    parent: null,
    worker: null,
    fence: 1,
    revision: 1,
    history: [],
    ...what,
  };
}

const failedWith = (data: { status: number } | null) =>
  sagaThat({ status: 'compensating', goal: 'undo', failure: { step: 'pay', code: 'why', data } });

const replyOf = (saga: SagaRecord) => replyTo(BOOKING, outcomeOf(saga) as Outcome<unknown>);

describe('replyTo', () => {
  test('When the saga has completed, Then it is 200 with the result', () => {
    const reply = replyOf(sagaThat({ status: 'completed', result: { appointmentId: '1001' } }));
    expect([reply.status, reply.body]).toEqual([200, '{"appointmentId":"1001"}']);
    expect(reply.headers).toEqual({ location: `/bookings/${BOOKING.id}` });
  });

  test.each([200, 402, 404, 409])('When it was refused with %d, Then it is that status with four members', (status) => {
    const reply = replyOf(failedWith({ status }));
    expect([reply.status, reply.body]).toEqual([status, JSON.stringify(FAILURE)]);
    expect(reply.headers).toEqual({ location: `/bookings/${BOOKING.id}` });
  });

  test.each([null, { status: 503 }])('When it failed with %j, Then it is 503 with Retry-After', (data) => {
    const reply = replyOf(failedWith(data));
    expect([reply.status, reply.body]).toEqual([503, JSON.stringify(FAILURE)]);
    expect(reply.headers?.['retry-after']).toMatch(/^\d+$/);
  });
});

test('When an operator cancelled it before it was done, Then it is 409 with four members', () => {
  const failure = { step: null, code: 'cancelled', data: null };
  const reply = replyOf(sagaThat({ status: 'compensating', goal: 'cancel', failure }));
  expect([reply.status, reply.body]).toEqual([409, JSON.stringify(FAILURE)]);
});

describe('presentBooking', () => {
  test('When it is stuck, Then it says why', () => {
    const stuck = sagaThat({ status: 'stuck', reason: { code: 'step_unknown', step: 'pay' } });
    expect(presentBooking(BOOKING, stuck)).toMatchObject({ status: 'stuck', reason: 'step_unknown: pay' });
    expect(presentBooking(BOOKING, { ...stuck, status: 'pending' })).not.toHaveProperty('reason');
  });

  test.each<[SagaStatus, SagaRecord['goal'], unknown]>([
    ['pending', 'complete', null],
    ['stuck', 'complete', null],
    ['compensating', 'undo', FAILURE],
    ['stuck', 'undo', FAILURE],
  ])('When it is %s on its way to %s, Then its reply is %j', (status, goal, reply) => {
    const saga = { ...failedWith({ status: 402 }), status, goal };
    expect(presentBooking(BOOKING, saga)).toMatchObject({ status, reply, card: '•••• 4567' });
  });

  test('When undos are called for, Then they follow the steps, the last step first', () => {
    const effort = { attempts: 1, startedAt: 0, endedAt: 1_000, code: null, failures: [] };
    const step = { ...effort, status: 'done' as const, result: 'never shown' };
    const steps: SagaRecord['steps'] = [
      { ...step, name: 'a', undo: { ...effort, status: 'pending', startedAt: null, endedAt: null } },
      { ...step, name: 'b', undo: { ...effort, status: 'registered' } },
      { ...step, name: 'c', undo: null },
      { ...step, name: 'd', undo: { ...effort, status: 'done' } },
    ];
    const shown = presentBooking(BOOKING, sagaThat({ steps })).steps;
    expect(shown.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'undo d', 'undo a']);
    expect(shown.at(-1)).toEqual({
      name: 'undo a',
      status: 'pending',
      attempts: 1,
      startedAt: null,
      endedAt: null,
      code: null,
    });
    expect(JSON.stringify(shown)).not.toContain('never shown');
  });
});

test('When a status goes to the saga log and back, Then it is the same', () => {
  for (const status of bookingStatus.options) expect(toBookingStatus(toSagaStatus(status))).toBe(status);
});
