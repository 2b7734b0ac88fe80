import { describe, expect, test } from 'vitest';
import { type Booking, defineTrip, MailServerDown, type TripServices } from '../../examples/trip.ts';
import { Refusal } from '../../src/index.ts';
import { createTestSagas } from '../../testing/index.ts';

/** Services that keep what is booked, under which id, and every call. */
function createServices({ refusals = {}, mailsFailing = 0 }: { refusals?: Refusals; mailsFailing?: number } = {}) {
  const booked = new Set<string>();
  const calls: string[] = [];
  let failing = mailsFailing;
  const services: TripServices = {
    async book(what, id, who) {
      const code = refusals[what];
      if (code) throw new Refusal(code);
      calls.push(what);
      booked.add(`${what} of ${id}`);
      return `${what} for ${who}`;
    },
    async cancel(what, id) {
      calls.push(`cancel ${what}`);
      booked.delete(`${what} of ${id}`);
    },
    async sendMail(_id, text) {
      failing -= 1;
      if (failing >= 0) throw new MailServerDown();
      calls.push(`mail ${text}`);
    },
  };
  return { services, booked, calls };
}

type Refusals = Partial<Record<Booking, string>>;

/** A trip of Ann's that waits for its approval. */
async function createWaitingTrip(options: Parameters<typeof createServices>[0] = {}) {
  const world = createServices(options);
  const { trip, tour } = defineTrip(world.services);
  const sagas = await createTestSagas({ definitions: [trip, tour] });
  const started = await sagas.start(trip, { who: 'Ann' }, { id: 'trip-1' });
  await sagas.advance('3s');
  const approve = () => sagas.sagas.signal('trip-1', 'approval', { by: 'Bob' }, { dedupeKey: 'click-1' });
  return { ...world, sagas, started, approve, [Symbol.asyncDispose]: sagas.close };
}

describe('the trip', () => {
  test('When hotel A is full and the mail server is down for a while, Then the trip completes with each effect once', async () => {
    await using trip = await createWaitingTrip({ refusals: { 'hotel A': 'full' }, mailsFailing: 20 });
    expect(await trip.sagas.log('trip-1')).toMatchObject({ status: 'waiting' });

    await trip.approve();
    await trip.sagas.advance('2m');

    expect(await trip.sagas.log('trip-1')).toMatchObject({
      status: 'completed',
      result: {
        seat: 'flight for Ann',
        room: 'hotel B for Ann',
        extras: ['car for Ann', 'spa for Ann'],
        approvedBy: 'Bob',
        number: 'ticket for Ann',
        guided: ['guide for Ann', 'bus for Ann'],
      },
    });
    expect(trip.calls).toEqual([
      ...['flight', 'hotel B', 'car', 'spa', 'ticket'],
      'mail Ann: ticket for Ann, seat flight for Ann',
      ...['guide', 'bus'],
    ]);
    expect(trip.sagas.errors).toEqual([]);
  });

  test('When the process dies in the wait, Then the next one goes on, and books nothing twice', async () => {
    await using trip = await createWaitingTrip();

    await trip.sagas.crash();
    await trip.approve();
    await trip.sagas.untilRested('trip-1/tour');
    await trip.sagas.advance('1s');

    expect(await trip.sagas.log('trip-1')).toMatchObject({ status: 'completed' });
    expect(trip.calls.length).toBe(new Set(trip.calls).size);
  });

  test('When the ticket is refused, Then all that was booked is cancelled, the last first', async () => {
    await using trip = await createWaitingTrip({ refusals: { ticket: 'declined' } });

    await trip.approve();
    const record = await trip.sagas.untilRested('trip-1');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'ticket', code: 'declined' } });
    expect(trip.calls.slice(4)).toEqual(['cancel spa', 'cancel car', 'cancel hotel A', 'cancel flight']);
    expect(trip.booked).toEqual(new Set());
  });

  test('When nobody approves, Then all that was booked is cancelled', async () => {
    await using trip = await createWaitingTrip();

    await trip.sagas.advance('7d');
    await trip.sagas.advance('1m');

    expect(await trip.sagas.log('trip-1')).toMatchObject({ failure: { step: 'approval', code: 'timed_out' } });
    expect(trip.booked).toEqual(new Set());
  });

  test('When the tour is sold out, Then the trip completes without it, and what the tour had is cancelled', async () => {
    await using trip = await createWaitingTrip({ refusals: { bus: 'sold_out' } });

    await trip.approve();
    await trip.sagas.advance('10s');

    expect(await trip.sagas.log('trip-1')).toMatchObject({ status: 'completed', result: { guided: [] } });
    expect(trip.booked).not.toContain('guide of trip-1/tour');
  });

  test('When it is cancelled after its end, Then all is undone, the tour included', async () => {
    await using trip = await createWaitingTrip();
    await trip.approve();
    await trip.sagas.advance('10s');
    expect(trip.booked.size).toBe(7);

    await trip.sagas.sagas.cancel('trip-1', { by: 'Ann', reason: 'ill' });
    await trip.sagas.advance('10s');

    expect(await trip.sagas.log('trip-1')).toMatchObject({ status: 'cancelled' });
    expect(await trip.sagas.log('trip-1/tour')).toMatchObject({ status: 'cancelled' });
    expect(trip.booked).toEqual(new Set());
  });
});
