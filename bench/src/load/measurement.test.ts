import { expect, test } from 'vitest';
import { isBooking, summarise, tally } from './measurement.ts';

const booking = {
  payment_status: 'settled',
  payment_id: 'p',
  appointmentId: '1001',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
  fee: '1000.00',
};

test('When a reply has the eight members of the guide, Then it is a booking', () => {
  expect(isBooking(JSON.stringify(booking))).toBe(true);
});

test.each([
  ['a failure', JSON.stringify({ appointment_status: 'failure', name: 'n', doctor: 'd', date: 'd' })],
  ['one member less', JSON.stringify({ ...booking, fee: undefined })],
  ['one member more', JSON.stringify({ ...booking, cardNum: '1' })],
  ['a number for a string', JSON.stringify({ ...booking, appointmentId: 1001 })],
  ['null', 'null'],
  ['half a reply', JSON.stringify(booking).slice(0, 40)],
])('When a reply is %s, Then it is no booking', (_, reply) => {
  expect(isBooking(reply)).toBe(false);
});

test('When a window is summed up, Then only bookings have a latency and all errors are counted by name', () => {
  const errors = new Map<string, number>();
  for (const name of ['http_503', 'http_503', 'ECONNRESET']) tally(errors, name);

  const measurement = summarise([30, 10, 20, 40], errors, 2);

  expect(measurement).toEqual({
    seconds: 2,
    bookings: 4,
    perSecond: 2,
    p50: 20,
    p99: 40,
    p999: 40,
    slowest: 40,
    errors: 3,
    errorCounts: { http_503: 2, ECONNRESET: 1 },
  });
});
