import { expect, test } from 'vitest';
import { inspectStores } from './inspect-stores.ts';

// Times 91 it is more than 2^53 minor units.
const LARGEST = '999999999999.99';
const COUNT = 91;

/** Bookings of the largest fee, each in all stores; `amount` is what was paid for the last one. */
function storesWith(amount: string): Parameters<typeof inspectStores>[0] {
  const ids = Array.from({ length: COUNT }, (_, count) => `booking-${count}`);
  return {
    appointments: ids.map((id, day) => ({
      appointmentId: id,
      reference: id,
      doctor_name: 'John Doe',
      date: `day ${day}`,
      time: '3.00pm',
      fee: LARGEST,
      status: 'booked',
    })),
    payments: ids.map((id, day) => ({
      reference: id,
      payment_id: id,
      payment_status: 'settled',
      amount: day === COUNT - 1 ? amount : LARGEST,
    })),
    bookings: ids.map((id) => ({ id, status: 'confirmed', reply: { appointmentId: id, payment_id: id } })),
  };
}

const violationsOf = (amount: string) => inspectStores(storesWith(amount)).flatMap(({ violations }) => violations);

test('When the sums are more than a number can hold, Then the audit still sees a cent', () => {
  expect(violationsOf(LARGEST)).toEqual([]);
  expect(violationsOf('999999999999.98')).toEqual(['kept 9099999999999908, fees 9099999999999909 (minor units)']);
});

test('When an appointment is expired, Then its booking and its payment may be there or not, and no others', () => {
  const { appointments, payments, bookings } = storesWith(LARGEST);
  const leaving = appointments.map((row, day) => (day < 2 ? { ...row, status: 'expired' as const } : row));
  const violations = (paid: typeof payments) =>
    inspectStores({ appointments: leaving, payments: paid, bookings: bookings.slice(1) }).flatMap(
      (found) => found.violations,
    );

  expect(violations(payments)).toEqual([]);
  expect(violations(payments.slice(1))).toEqual([]);
  expect(violations(payments.slice(3))).not.toEqual([]);
});
