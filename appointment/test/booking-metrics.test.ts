import { createMetrics } from '@appointments/chassis';
import { waitUntil } from '@appointments/chassis/testing';
import { defineSaga, defineStep, openSagas, Refusal, type SagaEvent, type SagaRecord } from 'durable-saga';
import { expect, test } from 'vitest';
import { createBookingMetrics } from '../src/booking-metrics.ts';
import { type AppointmentDatabase, BOOKING_SAGA } from '../src/booking-store.ts';
import { GUIDE_REQUEST, PATIENCE_MS, startStack } from './appointment-stack.ts';
import { onlyFirst, onlyPosts, respond } from './interferences.ts';
import { openStoreWith } from './store-with-bookings.ts';

/** Runs a booking whose payment is refused, and closes the sagas the first time that it compensates. */
async function stopBeforeUndo(store: AppointmentDatabase, observe: (record: SagaRecord, event: SagaEvent) => void) {
  const reserve = defineStep('reserve', { run: async () => 'reserved', undo: async () => {} });
  const pay = defineStep('pay', { run: async () => Promise.reject(new Refusal('card_declined')) });
  // It does not end when it is told to, so that the undo waits for a moment, which is when the sagas close.
  const deaf = defineStep('deaf', { run: () => new Promise<never>(() => {}) });
  const definition = defineSaga(BOOKING_SAGA, {
    deadlineMs: 10_000,
    steps: [reserve, pay, deaf],
    async run(saga) {
      await saga.step(reserve, null);
      await Promise.all([saga.step(deaf, null), saga.step(pay, null)]);
    },
  });
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const sagas = await openSagas({
    store,
    definitions: [definition],
    observe(record, event) {
      observe(record, event);
      if (event.status === 'compensating') sagas.close({ graceMs: 0 }).then(resolve);
    },
  });
  await sagas.start(definition, { id: 'booking-1', input: null });
  await closed;
  return sagas.find('booking-1');
}

test('When the undo of a failed booking is tried again and again, Then its failure is counted once', async () => {
  await using stack = await startStack({ operatorToken: 'of-the-operators', bookingDeadlineMs: 2_000 });
  const samples = async (name: string) =>
    (await stack.call('GET', '/metrics')).text.split('\n').filter((line) => line.startsWith(`${name}{`));
  stack.payment.interfere(respond(500, '{}'));
  expect((await stack.book(GUIDE_REQUEST)).status).toBe(503);

  // Each is a run that did not come to the end of the undos.
  await waitUntil(
    'runs have left it stuck',
    async () => (await samples('bookings_stuck_total')).length > 0,
    PATIENCE_MS,
  );

  expect(await samples('booking_failures_total')).toEqual([
    expect.stringMatching(/^booking_failures_total{step="pay",reason="[a-z_0-9]+"} 1$/),
  ]);
});

test('When the process stops before the first undo of a failed booking, Then its failure is counted once', async () => {
  await using store = await openStoreWith(0);
  const { database } = store;
  const registry = createMetrics();
  const { observe } = createBookingMetrics({ metrics: registry, database, peers: [], maxInFlight: 1 });

  const left = await stopBeforeUndo(database, observe);

  expect(left).toMatchObject({ status: 'compensating', steps: [{ undo: { attempts: 0 } }, {}, {}] });
  const failures = (await registry.metrics()).match(/^booking_failures_total{.*$/gm);
  expect(failures).toEqual(['booking_failures_total{step="pay",reason="card_declined"} 1']);
});

test.each([
  [409, '{"code":"request_in_progress"}', 'in_progress'],
  [503, '{"code":"store_unavailable"}', 'http_5xx'],
])('When payment first responds with %i %s, Then the failed attempt is counted as %s', async (status, body, reason) => {
  await using stack = await startStack();
  const headers = { 'content-type': 'application/problem+json' };
  stack.payment.interfere(onlyPosts(onlyFirst(1, respond(status, body, headers))));

  expect((await stack.book(GUIDE_REQUEST)).status).toBe(200);

  const { text } = await stack.call('GET', '/metrics');
  expect(text).toContain(`saga_attempts_failed_total{kind="step",step="pay",reason="${reason}"} 1\n`);
});
