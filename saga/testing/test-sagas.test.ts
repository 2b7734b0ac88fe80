import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { defineSaga, defineStep, Refusal, refused, type StepCall } from '../src/index.ts';
import { createTestSagas } from './index.ts';

/** A hotel and an airline, each with a set of the sagas that have booked there. */
function createTrip() {
  const booked = { flight: new Set<string>(), hotel: new Set<string>(), sent: new Set<string>() };
  const calls: string[] = [];
  const step = (name: 'flight' | 'hotel') =>
    defineStep(name, {
      async run({ id, attempt }: { id: string; attempt: number; input: { who: string } }) {
        calls.push(`${name} ${attempt}`);
        booked[name].add(id);
        return { [name]: id };
      },
      async undo({ id }) {
        calls.push(`undo ${name}`);
        booked[name].delete(id);
      },
    });
  const flight = step('flight');
  const hotel = step('hotel');
  const ticket = defineStep('ticket', {
    run: async ({ secret }: { secret: { value: string }; input: object }) => ({ card: secret.value.length }),
  });
  const trip = defineSaga('trip', {
    steps: [flight, hotel],
    async run(saga, input: { who: string }) {
      const seat = await saga.step(flight, input);
      await saga.sleep('cool off', '2d');
      const room = await saga.step(hotel, input).catch(refused('full', async () => null));
      return { ...seat, room };
    },
  });
  const purchase = defineSaga('purchase', {
    steps: [flight, ticket],
    async run(saga, input: { who: string }) {
      await saga.step(flight, input);
      return saga.step(ticket, {});
    },
  });
  const approval = defineSaga('approval', {
    steps: [],
    run: (saga, _input: null) => saga.waitFor<boolean>('approval', { timeout: '7d' }),
  });
  return { booked, calls, flight, hotel, ticket, trip, purchase, approval };
}

describe('sagas for tests', () => {
  test('When two days go by, Then a saga that sleeps for two days goes on, and not a millisecond before', async () => {
    const { trip, calls } = createTrip();
    await using sagas = await createTestSagas({ definitions: [trip] });
    const began = sagas.now();

    const waiting = await sagas.run(trip, { who: 'Ann' }, { id: 'trip-1' });
    await sagas.advance(2 * 86_400_000 - 1);
    const before = await sagas.log('trip-1');
    await sagas.advance('1ms');
    const after = await sagas.log('trip-1');

    assert.equal(waiting.status, 'waiting');
    assert.equal(before.status, 'waiting');
    assert.equal(after.status, 'completed');
    assert.deepEqual(after.result, { flight: 'trip-1', room: { hotel: 'trip-1' } });
    assert.equal(sagas.now() - began, 2 * 86_400_000);
    assert.deepEqual(calls, ['flight 1', 'hotel 1']);
  });

  test('When a step fails three times, Then it is retried without real waiting, and the fourth attempt does it', async () => {
    const { trip, flight, calls } = createTrip();
    await using sagas = await createTestSagas({ definitions: [trip] });
    sagas.fail(flight, new Error('unreachable'), { times: 3 });

    const record = await sagas.run(trip, { who: 'Ann' });

    assert.equal(record.steps[0]?.attempts, 4);
    assert.deepEqual(calls, ['flight 4']);
    assert.equal(sagas.errors.length, 3);
  });

  test('When a step is refused, Then the function goes on with its alternative', async () => {
    const { trip, hotel, booked } = createTrip();
    await using sagas = await createTestSagas({ definitions: [trip] });
    sagas.fail(hotel, new Refusal('full'));

    const { id } = await sagas.run(trip, { who: 'Ann' });
    await sagas.advance('2d');

    assert.deepEqual((await sagas.log(id)).result, { flight: id, room: null });
    assert.equal(booked.hotel.size, 0);
  });

  test('When the response of a step is lost until the deadline, Then what it did is undone', async () => {
    const { purchase, flight, booked, calls } = createTrip();
    await using sagas = await createTestSagas({ definitions: [purchase] });
    sagas.fail(flight, new Error('connection reset'), { afterEffect: true });

    const record = await sagas.run(purchase, { who: 'Ann' }, { secret: '4242' });

    assert.equal(record.status, 'compensated');
    assert.equal(booked.flight.size, 0);
    assert.equal(calls[0], 'flight 1');
    assert.equal(calls.at(-1), 'undo flight');
  });

  test('When a step hangs, Then each attempt ends at its time limit and the saga at its deadline', async () => {
    const { purchase, flight } = createTrip();
    await using sagas = await createTestSagas({ definitions: [purchase] });
    const began = sagas.now();
    sagas.hang(flight);

    const record = await sagas.run(purchase, { who: 'Ann' }, { secret: '4242' });

    assert.equal(record.status, 'compensated');
    assert.equal(record.failure?.code, 'timed_out');
    assert.ok(sagas.now() - began >= 60_000);
    assert.ok(sagas.now() - began < 70_000);
  });

  test('When the undo fails for half a minute, Then the saga is stuck, and it is rolled back once the undo works', async () => {
    const { purchase, flight, ticket, booked } = createTrip();
    await using sagas = await createTestSagas({ definitions: [purchase] });
    sagas.fail(ticket, new Refusal('declined'));
    sagas.fail(flight, new Error('unreachable'), { part: 'undo', times: 60 });

    const { id, status, reason } = await sagas.run(purchase, { who: 'Ann' }, { secret: '4242' });
    await sagas.advance('5m');

    assert.equal(status, 'stuck');
    assert.equal(reason?.step, 'flight');
    assert.equal((await sagas.log(id)).status, 'compensated');
    assert.equal(booked.flight.size, 0);
  });

  test('When the process crashes in the middle of a step, Then the next one runs it again, and the secret is gone', async () => {
    const { purchase, flight, ticket, calls } = createTrip();
    await using sagas = await createTestSagas({ definitions: [purchase] });
    sagas.hang(ticket, { times: 1 });
    const { id } = await sagas.start(purchase, { who: 'Ann' }, { secret: '4242' });
    await sagas.advance('1s');

    await sagas.crash();
    const record = await sagas.untilRested(id);

    assert.equal(record.status, 'compensated');
    assert.deepEqual(record.failure, { step: 'ticket', code: 'secret_lost', data: null });
    assert.deepEqual(calls, ['flight 1', 'undo flight']);
    assert.equal(record.steps.find(({ name }) => name === flight.name)?.attempts, 1);
  });

  test('When an event comes, Then the saga that waits for it goes on at once', async () => {
    const { approval } = createTrip();
    await using sagas = await createTestSagas({ definitions: [approval] });
    const handle = await sagas.start(approval, null);
    await sagas.advance('1d');

    await sagas.sagas.signal(handle.id, 'approval', true);
    const outcome = await sagas.settled(handle.outcome());

    assert.equal(outcome.result, true);
  });

  test('When no event comes in a week, Then the wait times out', async () => {
    const { approval } = createTrip();
    await using sagas = await createTestSagas({ definitions: [approval] });
    const { id } = await sagas.run(approval, null);

    await sagas.advance('7d');

    assert.deepEqual((await sagas.log(id)).failure, { step: 'approval', code: 'timed_out', data: null });
  });

  test('When a function waits for something that is no step, Then its run ends and the saga is stuck', async () => {
    const { flight } = createTrip();
    const hanging = defineSaga('hanging', {
      steps: [flight],
      async run(saga, input: { who: string }) {
        await saga.step(flight, input);
        return new Promise<null>(() => {});
      },
    });
    await using sagas = await createTestSagas({ definitions: [hanging] });

    const record = await sagas.run(hanging, { who: 'Ann' });

    assert.equal(record.status, 'stuck');
    assert.equal(record.reason?.code, 'function_hangs');
  });

  test('When a saga does not rest in time, Then the test is told how it stands', async () => {
    const { purchase, flight } = createTrip();
    await using sagas = await createTestSagas({ definitions: [purchase] });
    sagas.hang(flight);
    const { id } = await sagas.start(purchase, { who: 'Ann' }, { secret: '4242' });

    await assert.rejects(sagas.untilRested(id, '10s'), /the saga .* is still pending after 10s/);
    await assert.rejects(sagas.log('unknown'), /no saga has the id unknown/);
  });

  test('When an undo fails, Then the test is told so as long as the saga is not stuck', async () => {
    const { purchase, flight, ticket } = createTrip();
    await using sagas = await createTestSagas({ definitions: [purchase] });
    sagas.fail(ticket, new Refusal('declined'));
    sagas.fail(flight, Object.assign(new Error('away'), { code: 'unreachable' }), { part: 'undo' });
    const { id } = await sagas.start(purchase, { who: 'Ann' }, { secret: '4242' });

    await assert.rejects(sagas.untilRested(id, '10s'), /still compensating after 10s, because of unreachable/);
  });

  test('When a process has crashed, Then it calls no step any more and answers nobody', async () => {
    const { purchase, flight, calls } = createTrip();
    await using sagas = await createTestSagas({ definitions: [purchase] });
    sagas.fail(flight, new Error('unreachable'), { times: 1 });
    const { id } = await sagas.start(purchase, { who: 'Ann' }, { secret: '4242' });
    const dead = sagas.sagas;

    await sagas.crash();
    const answer = dead.signal(id, 'news');

    await assert.rejects(sagas.settled(answer, '1m'), /not settled after 1m/);
    assert.deepEqual(calls, ['flight 1', 'undo flight']);
  });

  test('When a step calls a real server, Then the time waits for its response', async () => {
    await using server = createServer(async (_request, response) => {
      // Longer than the engine needs for anything that it does by itself.
      for (let turns = 0; turns < 200; turns += 1) await setImmediate();
      response.end('seat 7');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const seat = defineStep('seat', {
      run: async ({ signal }: StepCall<null>) => (await fetch(`http://127.0.0.1:${port}`, { signal })).text(),
      timeoutMs: 1,
    });
    const booking = defineSaga('booking', { steps: [seat], run: ({ step }, _input: null) => step(seat, null) });
    await using sagas = await createTestSagas({ definitions: [booking] });

    const { result, steps } = await sagas.run(booking, null);

    assert.equal(result, 'seat 7');
    assert.equal(steps[0]?.attempts, 1);
  });

  test('When a fault is arranged for a step of no definition, Then it is refused', async () => {
    const { approval, flight } = createTrip();
    await using sagas = await createTestSagas({ definitions: [approval] });

    assert.throws(() => sagas.fail(flight, new Error('unreachable')), { code: 'step_not_declared' });
  });
});
