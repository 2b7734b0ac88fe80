import { globSync } from 'node:fs';
import { copyFile, cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@appointments/chassis/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileStrictly } from '../src/package/compile-strictly.ts';
import { type Installation, installPackages } from '../src/package/installation.ts';
import { startTrip, tellTrip } from '../src/package/trip-process.ts';
import { startTripServices, type TripServices } from '../src/package/trip-services.ts';

const program = join(import.meta.dirname, 'trip.ts');
const MOST_LINES = 60;
// Three attempts are one run: with more, the mail has outlasted a run that did not finish.
const MAILS_REFUSED = 5;

let installed: Installation;
let services: TripServices;

beforeAll(async () => {
  installed = await installPackages();
  await copyFile(program, join(installed.folder, 'trip.ts'));
  services = await startTripServices();
  services.refusals.set('hotel-a', 'full');
});

afterAll(async () => {
  await services?.[Symbol.asyncDispose]();
  await installed?.[Symbol.asyncDispose]();
});

const BOOKED_FIRST = ['flight', 'hotel-b', 'car', 'spa'];
const bookedUnder = (id: string) => [...services.booked].filter((booking) => booking.includes(`/${id}`)).sort();
const under = (id: string, bookings: readonly string[]) => bookings.map((what) => `${what}/${id}`).sort();
const startAgain = (id: string) => startTrip(installed.folder, id, services.url);

/** Starts a trip and kills its process while it waits. */
async function killWaiting(id: string): Promise<void> {
  await using first = startAgain(id);
  await first.untilPrinted('waiting');
  expect(bookedUnder(id)).toEqual(under(id, BOOKED_FIRST));
  await first.kill();
}

test('When the program of a trip is compiled as strict TypeScript, Then tsc finds nothing, and it has 60 lines', async () => {
  await compileStrictly(installed.folder, 'trip', ['trip.ts']);

  expect((await readFile(program, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
});

test('When the examples in the package are compiled as strict TypeScript, Then tsc finds nothing', async () => {
  await cp(join(installed.folder, 'node_modules/durable-saga/examples'), join(installed.folder, 'examples'), {
    recursive: true,
  });
  const examples = globSync('examples/**/*.ts', { cwd: installed.folder, exclude: ['**/*.test.ts'] });

  await compileStrictly(installed.folder, 'examples', examples);

  expect(examples.length).toBeGreaterThanOrEqual(13);
});

test('When a trip is killed in its wait, approved by another process and its mail is down, Then it completes, each effect once', async () => {
  services.down.add('mail');
  await killWaiting('trip-1');

  await using next = startAgain('trip-1');
  await tellTrip(installed.folder, 'approve', 'trip-1');
  await tellTrip(installed.folder, 'approve', 'trip-1');
  await waitUntil('the mail is tried', () => services.callsOf('PUT mail/trip-1') >= MAILS_REFUSED, 30_000);
  services.down.delete('mail');

  expect(JSON.parse(await next.untilPrinted('completed'))).toEqual({
    completed: true,
    result: {
      seat: 'a flight',
      room: 'a hotel-b',
      extras: ['a car', 'a spa'],
      by: 'Bob',
      number: 'a ticket',
      tour: 'a guide',
    },
    failure: null,
  });
  const calls = services.callsOfTrip('trip-1').filter((call) => call !== 'PUT mail/trip-1');
  expect(calls.sort()).toEqual(
    ['flight', 'hotel-a', 'hotel-b', 'car', 'spa', 'ticket']
      .map((what) => `PUT ${what}/trip-1`)
      .concat('PUT guide/trip-1/tour')
      .sort(),
  );
});

test('When the trip is cancelled after its end by another process, Then its bookings and its tour are undone', async () => {
  await using _process = startAgain('trip-1');
  expect(bookedUnder('trip-1')).toContain('guide/trip-1/tour');

  await tellTrip(installed.folder, 'cancel', 'trip-1');

  // What has no undo stays: the mail is sent.
  await waitUntil('all is undone', () => bookedUnder('trip-1').length <= 1, 30_000);
  expect(bookedUnder('trip-1')).toEqual(['mail/trip-1']);
});

test('When the ticket of a trip that was killed in its wait is refused, Then all that was booked is undone once', async () => {
  services.refusals.set('ticket/trip-2', 'declined');
  await killWaiting('trip-2');

  await using next = startAgain('trip-2');
  await tellTrip(installed.folder, 'approve', 'trip-2');

  expect(JSON.parse(await next.untilPrinted('completed'))).toEqual({
    completed: false,
    result: null,
    failure: { step: 'ticket', code: 'declined', data: null },
  });
  await waitUntil('all is undone', () => bookedUnder('trip-2').length === 0);
  const undone = services.callsOfTrip('trip-2').filter((call) => call.startsWith('DELETE'));
  expect(undone.sort()).toEqual(BOOKED_FIRST.map((what) => `DELETE ${what}/trip-2`).sort());
});
