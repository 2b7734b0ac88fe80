import { expect, test } from 'vitest';
import { startStack } from './appointment-stack.ts';

test('When a booking is compensated, Then the lines with its id, in all three services, are its history', async () => {
  await using stack = await startStack();
  const reply = await stack.book({
    name: 'Thomas Colins',
    doctor: 'John Doe',
    date: '30-09-2019',
    cardNum: '4000000000000002',
  });
  const id = (reply.headers.get('location') as string).replace('/bookings/', '');
  const entries = stack.lines.filter((line) => line.includes(id)).map((line) => JSON.parse(line));
  expect(entries.map(({ message, route, status }) => (route ? `${route} ${status}` : message))).toEqual([
    'step reserve running',
    '/reservation/createAppointment 200',
    'step reserve done',
    'step pay running',
    '/payment/makePayment 402',
    'step pay attempt_failed',
    'step pay failed',
    'saga compensating',
    'undo reserve running',
    '/reservation/cancellations/:reference 200',
    'undo reserve done',
    'saga compensated',
    '/doctorAppoinment/reservation 402',
  ]);
});
