import { expect, test } from 'vitest';
import { BOOKING_PATH, startStack } from './appointment-stack.ts';
import { respond } from './interferences.ts';

test('When a booking is compensated, Then the lines with its id, in all services, are its history', async () => {
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

test('When bookings are made, Then the lines at info are what they came to and what went wrong', async () => {
  await using stack = await startStack();
  const linesOf = async (cardNum: string) => {
    const request = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum };
    const id = ((await stack.book(request)).headers.get('location') as string).replace('/bookings/', '');
    return stack.lines
      .filter((line) => line.includes(id))
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level !== 'debug')
      .map(({ message, route, status }) => (route ? `${route} ${status}` : message));
  };

  expect(await linesOf('4242424242424242')).toEqual(['saga completed', `${BOOKING_PATH} 200`]);
  expect(await linesOf('4000000000000002')).toEqual([
    '/payment/makePayment 402',
    'step pay attempt_failed',
    'saga compensated',
    `${BOOKING_PATH} 402`,
  ]);
});

test('When a key is used again, for the same or for another request, Then no line names a booking that there is not', async () => {
  await using stack = await startStack();
  const key = { 'idempotency-key': 'first-key' };
  const request = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum: '1234567' };
  const first = await stack.book(request, key);
  const id = (first.headers.get('location') as string).replace('/bookings/', '');
  const linesOf = (status: number) =>
    stack.lines
      .map((line) => JSON.parse(line))
      .filter((line) => line.route === BOOKING_PATH && line.status === status)
      .map(({ saga }) => saga);

  expect((await stack.book(request, key)).status).toBe(200);
  expect((await stack.book({ ...request, name: 'Another' }, key)).status).toBe(422);

  expect(linesOf(200)).toEqual([id, id]);
  expect(linesOf(422)).toEqual([undefined]);
});

test('When a booking is stuck, Then a line warns of it, with its id and the reason', async () => {
  await using stack = await startStack({ stepTimeoutMs: 300, bookingDeadlineMs: 1_000 });
  stack.payment.interfere(respond(500, '{}'));
  const reply = await stack.book();
  const path = reply.headers.get('location') as string;
  await stack.becomes(path, 'stuck');
  const lines = stack.lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'saga stuck');
  expect(lines[0]).toMatchObject({
    level: 'warn',
    saga: path.replace('/bookings/', ''),
    reason: expect.stringMatching(/^(http_500|circuit_open): pay$/),
  });
}, 40_000);
