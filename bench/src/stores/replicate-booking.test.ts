import { expect, test } from 'vitest';
import type { BookingTemplate, BookingValues, TemplateRow } from './booking-template.ts';
import { createRowMakers } from './replicate-booking.ts';

const BEGAN = 1_760_000_000_000;
const own = '01a20000-0000-7000-8000-000000000001';

const rows: TemplateRow[] = [
  {
    service: 'appointment',
    table: 'bookings',
    row: { id: own, name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-1801', created_at: BEGAN },
  },
  {
    service: 'appointment',
    table: 'sagas',
    row: {
      sequence: 7,
      id: own,
      attempts: 1,
      output: JSON.stringify({ appointmentId: '1001', time: '3.00pm', fee: '1000.00', doctor_name: 'John Doe' }),
      reply: JSON.stringify({ body: JSON.stringify({ payment_id: 'pay-1', note: 'John Doe has 1001 patients' }) }),
      due_at: null,
    },
  },
  {
    service: 'reservation',
    table: 'appointments',
    row: { id: 1001, reference: own, doctor_key: 'john doe', date: '30-09-1801', time: '3.00pm', fee: 100_000 },
  },
  { service: 'payment', table: 'payments', row: { payment_id: 'pay-1', reference: own, amount: 100_000 } },
  // What a further service keeps of a booking.
  { service: 'payment', table: 'notices', row: { id: 12, reference: own } },
];
const template: BookingTemplate = { id: own, rows };

const other: BookingValues = {
  id: '01a20000-0000-7000-8000-000000000002',
  appointmentId: 5_000,
  paymentId: 'pay-2',
  doctor: 'Bjørn Halvorsen',
  date: '01-01-1900',
  time: '8.45am',
  fee: '1200.00',
};

function replicate(of: BookingTemplate = template) {
  const made = createRowMakers(of).map(({ table, make }) => [table, make(other, 50)] as const);
  return Object.fromEntries(made);
}

test('When a booking is made out of another, Then every column that distinguishes them is its own', () => {
  const { bookings, appointments, payments } = replicate();

  expect(bookings).toMatchObject({ id: other.id, doctor: 'Bjørn Halvorsen', date: '01-01-1900' });
  expect(appointments).toEqual({
    id: 5_000,
    reference: other.id,
    doctor_key: 'bjørn halvorsen',
    date: '01-01-1900',
    time: '8.45am',
    fee: 120_000,
  });
  expect(payments).toEqual({ payment_id: 'pay-2', reference: other.id, amount: 120_000 });
});

test('When a column holds JSON, or JSON within JSON, Then whole strings in it are replaced and parts of them are not', () => {
  const { sagas } = replicate();

  expect(JSON.parse(String(sagas?.output))).toEqual({
    appointmentId: '5000',
    time: '8.45am',
    fee: '1200.00',
    doctor_name: 'Bjørn Halvorsen',
  });
  expect(JSON.parse(JSON.parse(String(sagas?.reply)).body)).toEqual({
    payment_id: 'pay-2',
    note: 'John Doe has 1001 patients',
  });
});

test('When a column counts rows, Then it is left to the table; times move, other numbers and nothing stay', () => {
  const { bookings, sagas, notices } = replicate();

  expect(sagas).not.toHaveProperty('sequence');
  expect(notices).toEqual({ reference: other.id });
  expect(bookings?.created_at).toBe(BEGAN + 50);
  expect(sagas).toMatchObject({ attempts: 1, due_at: null });
});

test('When a booking never came to a payment, Then its copy has none either', () => {
  const interrupted = { id: own, rows: rows.filter(({ service }) => service === 'appointment') };

  expect(Object.keys(replicate(interrupted))).toEqual(['bookings', 'sagas']);
});
