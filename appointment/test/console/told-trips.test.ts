import { expect, test } from 'vitest';
import { insertBooking, openAppointmentDatabase } from '../../src/booking-store.ts';
import { listRows } from '../../src/console/booking-rows.ts';
import { bookingParts } from '../../src/console/pages/booking-page.ts';
import { timelineOf } from '../../src/console/pages/timeline.ts';
import { TOLD_TRIPS, tell } from './told-trips.ts';
import { openTrips } from './trips.ts';

const bookingOf = (id: string) => ({
  id,
  name: 'Grace Hopper',
  doctor: 'John Doe',
  doctor_key: 'john doe',
  date: '04-03-2031',
  card_last_four: '4242',
  idempotency_key: null,
  client: null,
});

const linesOf = async (name: string) =>
  timelineOf(await tell(name), 900_000).map(
    ({ way, row, title, word }) => `${way} ${row} ${title}${word ? `, ${word}` : ''}`,
  );

test('When a trip completes by another way than the first, Then its timeline shows all that the engine wrote', async () => {
  expect(await linesOf('completed')).toEqual([
    'out 1 Request accepted',
    'out 2 Flight, done',
    'out 3 Ritz, failed',
    'out 4 Plaza, done',
    'out 5 3 side by side',
    'out 6 Car, done',
    'out 7 Museum, done',
    'out 8 Spa, done',
    'out 9 Saga: insurance, done',
    'out 10 Timer: cool off, over',
    'out 11 Event: approval, came',
    'out 12 Ticket, done',
    'out 13 Mail · traveller, done',
    'out 14 Mail · hotel, done',
    'out 15 Confirmed',
  ]);
});

test('When a trip is rolled back by hand, Then what was undone on the way out stays there, and moves stand between undos', async () => {
  expect(await linesOf('rolled back by hand')).toEqual([
    'out 1 Request accepted',
    'out 2 Flight, done',
    'out 3 Ritz, failed, may have had its effect',
    'out 4 Undo ritz, done',
    'out 9 Plaza, done',
    'out 10 3 side by side',
    'out 11 Car, cut short, may have had its effect',
    'out 12 Museum, failed',
    'out 13 Spa, cut short, may have had its effect',
    'out 14 Rolled back',
    'back 13 Undo spa, done',
    'back 11 Undo car, done',
    'back 9 Undo plaza, done',
    'back 8 Retried by an operator',
    'back 7 Paused by bob',
    'back 6 Resolved by bob',
    'back 5 Resumed by bob',
    'back 2 Undo flight, done',
    'back 1 Compensated',
  ]);
});

test('When a trip is stuck, Then its state says why, in words and by the code', async () => {
  const saga = await tell('stuck past the pivot');
  const { state } = bookingParts({
    booking: bookingOf(saga.id),
    saga,
    deliveries: [],
    mayAct: true,
    now: saga.updatedAt,
    csrf: '',
    actionTimeoutMs: 900_000,
    traceUrl: undefined,
  });
  expect(String(state)).toMatch(/Mail failing: the service token was not accepted, .*<code>unauthorized: mail<\/code>/);
});

test('When an operator cancelled a trip that waited, Then no failure is told, on its page and in the list', async () => {
  await using trips = await openTrips();
  await TOLD_TRIPS['cancelled while it waited']?.(trips, 'trip');
  const saga = await trips.sagas.log('trip');
  const { state } = bookingParts({
    booking: bookingOf('trip'),
    saga,
    deliveries: [],
    mayAct: true,
    now: saga.updatedAt,
    csrf: '',
    actionTimeoutMs: 900_000,
    traceUrl: undefined,
  });
  expect(String(state)).toMatch(/Cancelled by an operator at .*Nothing was paid, and what had been done was undone/);

  const database = await openAppointmentDatabase('memory:');
  const stored = await trips.sagas.store.read.selectFrom('sagas').selectAll().where('id', '=', 'trip').execute();
  await database.transaction(async (tables) => {
    await tables.insertInto('sagas').values(stored).execute();
    await insertBooking(tables, bookingOf('trip'));
  });
  const { rows } = await listRows(database.read, {}, { limit: 10 });
  await database.close();
  expect(rows).toMatchObject([{ status: 'cancelled', reason: undefined }]);
});
