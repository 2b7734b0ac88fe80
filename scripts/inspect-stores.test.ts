import { describe, expect, test } from 'vitest';
import { BACKEND_NAMES, mapServices } from '../services.ts';
import { AUDITED } from './audited-stores.ts';
import { inspectStores } from './inspect-stores.ts';
import type { Stores } from './read-stores.ts';
import { setAsideWaiting } from './set-aside-waiting.ts';

// What the audit says is spelled out for these two, so that a further backend changes none of it.
const BOTH = { reservation: AUDITED.reservation, payment: AUDITED.payment } as typeof AUDITED;

// Times 91 it is more than 2^53 minor units.
const LARGEST = '999999999999.99';
const COUNT = 91;

/** Bookings of the largest fee, each in both stores; `amount` is what was paid for the last one. */
function storesWith(amount = LARGEST): Stores {
  const ids = Array.from({ length: COUNT }, (_, count) => `booking-${count}`);
  return {
    ...mapServices(BACKEND_NAMES, () => []),
    reservation: ids.map((id, day) => ({
      appointmentId: id,
      reference: id,
      doctor_name: 'John Doe',
      date: `day ${day}`,
      time: '3.00pm',
      fee: LARGEST,
      status: 'booked',
    })),
    payment: ids.map((id, day) => ({
      reference: id,
      payment_id: id,
      payment_status: 'settled',
      amount: day === COUNT - 1 ? amount : LARGEST,
    })),
    bookings: ids.map((id) => ({
      id,
      status: 'confirmed',
      reply: { appointmentId: id, payment_id: id },
      steps: ['reserve', 'pay'].map((name) => ({ name, status: 'done' })),
    })),
  };
}

/** A copy of a list whose first element is changed. */
const changed = <Element>([first, ...others]: Element[], change: Partial<Element>): Element[] => [
  { ...(first as Element), ...change },
  ...others,
];
const violationsOf = (stores: Stores) =>
  inspectStores(stores, BOTH).flatMap(({ invariant, violations }) =>
    violations.map((violation) => `${invariant}: ${violation}`),
  );
const brokenBy = (change: (stores: Stores) => Partial<Stores>) => {
  const stores = storesWith();
  return violationsOf({ ...stores, ...change(stores) });
};

const SLOT = 'one live appointment per doctor, day and time';
const ROWS = 'one appointment and one payment per booking';
const PAID_FOR_NOTHING = 'every settled payment has its live appointment';
const UNPAID = 'every live appointment has its settled payment';
const MONEY = 'money kept equals fees of live appointments';
const CONFIRMED = 'every confirmed booking is in both stores';
const UNDONE = 'every other ended booking left nothing behind';
const ENDED = 'every booking has ended';

describe('When the stores do not agree, Then the audit says', () => {
  test('that a slot is taken twice', () => {
    expect(brokenBy(({ reservation }) => ({ reservation: changed(reservation, { date: 'day 1' }) }))).toEqual([
      `${SLOT}: John Doe, day 1, 3.00pm`,
    ]);
  });

  test('that a booking has two rows in one store, live or not', () => {
    const twice = brokenBy(({ reservation, payment }) => ({
      reservation: [...reservation, ...changed(reservation.slice(0, 1), { status: 'cancelled' })],
      payment: [...payment, ...changed(payment.slice(1, 2), { payment_status: 'voided' })],
    }));
    expect(twice).toEqual([`${ROWS}: booking-0`, `${ROWS}: booking-1`]);
  });

  test('that money is kept for nothing', () => {
    const paid = brokenBy(({ reservation, bookings }) => ({
      reservation: changed(reservation, { status: 'cancelled' }),
      bookings: bookings.slice(1),
    }));
    expect(paid).toEqual([
      `${PAID_FOR_NOTHING}: booking-0`,
      `${MONEY}: kept 9099999999999909, fees 8999999999999910 (minor units)`,
    ]);
  });

  test('that an appointment is not paid for', () => {
    const unpaid = brokenBy(({ payment, bookings }) => ({
      payment: changed(payment, { payment_status: 'refunded' }),
      bookings: bookings.slice(1),
    }));
    expect(unpaid).toEqual([
      `${UNPAID}: booking-0`,
      `${MONEY}: kept 8999999999999910, fees 9099999999999909 (minor units)`,
    ]);
  });

  test('that a cent is missing, also where the sums are more than a number can hold', () => {
    expect(violationsOf(storesWith())).toEqual([]);
    expect(violationsOf(storesWith('999999999999.98'))).toEqual([
      `${MONEY}: kept 9099999999999908, fees 9099999999999909 (minor units)`,
    ]);
  });

  test.each(['appointmentId', 'payment_id'])('that a client was told another %s', (member) => {
    const told = { appointmentId: 'booking-0', payment_id: 'booking-0', [member]: 'another' };
    expect(brokenBy(({ bookings }) => ({ bookings: changed(bookings, { reply: told }) }))).toEqual([
      `${CONFIRMED}: booking-0`,
    ]);
  });

  test('that a confirmed booking has nothing, whatever its log says', () => {
    const gone = brokenBy(({ reservation, payment, bookings }) => ({
      reservation: reservation.slice(1),
      payment: payment.slice(1),
      bookings: changed(bookings, { steps: [] }),
    }));
    expect(gone).toEqual([`${CONFIRMED}: booking-0`]);
  });

  test('that a booking was undone and is not', () => {
    expect(brokenBy(({ bookings }) => ({ bookings: changed(bookings, { status: 'compensated' }) }))).toEqual([
      `${UNDONE}: booking-0`,
    ]);
  });

  test('that a booking has not ended', () => {
    expect(brokenBy(({ bookings }) => ({ bookings: changed(bookings, { status: 'stuck' }) }))).toEqual([
      `${ENDED}: booking-0 (stuck)`,
    ]);
  });
});

test('When an appointment is expired, Then its booking and its payment may be there or not, and no others', () => {
  const stores = storesWith();
  const { reservation, payment, bookings } = stores;
  const leaving = reservation.map((row, day) => (day < 2 ? { ...row, status: 'expired' as const } : row));
  const violations = (paid: typeof payment) =>
    violationsOf({ ...stores, reservation: leaving, payment: paid, bookings: bookings.slice(1) });

  expect(violations(payment)).toEqual([]);
  expect(violations(payment.slice(1))).toEqual([]);
  expect(violations(payment.slice(3))).not.toEqual([]);
});

describe('When bookings wait for a person', () => {
  const stores = storesWith();
  const waiting = (status: string): Stores => ({
    ...stores,
    payment: stores.payment.slice(1),
    bookings: changed(stores.bookings, { status, reply: null }),
  });
  const found = (all: Stores) =>
    inspectStores(all, BOTH, setAsideWaiting(all).others).flatMap(({ violations }) => violations);

  test.each(['requires_action', 'paused'])('Then one that is %s is set aside with what it has reserved', (status) => {
    expect(setAsideWaiting(waiting(status)).waiting).toBe(1);
    expect(found(waiting(status))).toEqual([]);
    expect(violationsOf(waiting(status))).not.toEqual([]);
  });

  test.each(['pending', 'stuck', 'compensating', 'confirmed'])('Then one that is %s is not', (status) => {
    expect(found(waiting(status))).not.toEqual([]);
  });

  test('Then its slot is nobody else’s all the same', () => {
    const [first] = stores.reservation;
    const twice = { ...waiting('requires_action'), reservation: changed(stores.reservation, { date: 'day 1' }) };
    expect(first?.date).toBe('day 0');
    expect(found(twice)).toEqual(['John Doe, day 1, 3.00pm']);
  });
});
