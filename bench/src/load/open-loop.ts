// A process of its own: bookings at a fixed rate, however long the ones before them take.
import { Pool } from 'undici';
import { createBodies, readOrder, report } from './load-order.ts';
import { isBooking, summarise, tally } from './measurement.ts';

const order = readOrder();
const { origin, pathname: path } = new URL(order.url);
const rate = order.rate ?? 100;
const nextBody = createBodies(order);
const pool = new Pool(origin, { connections: order.connections });
const headers = { 'content-type': 'application/json' };

const latencies: number[] = [];
const errors = new Map<string, number>();
const underWay = new Set<Promise<void>>();

// The time counts from when the booking was due, not from when it was sent: the client also waits for a connection and
// for this process to wake up.
async function book(dueAt: number, measured: boolean): Promise<void> {
  try {
    const { statusCode, body } = await pool.request({ method: 'POST', path, headers, body: nextBody() });
    const text = await body.text();
    if (!measured) return;
    if (statusCode !== 200) tally(errors, `http_${statusCode}`);
    else if (!isBooking(text)) tally(errors, 'not_a_booking');
    else latencies.push(performance.now() - dueAt);
  } catch (error) {
    if (measured) tally(errors, (error as NodeJS.ErrnoException).code ?? 'no_response');
  }
}

const warmUps = Math.round(order.warmUpSeconds * rate);
const total = warmUps + Math.round(order.seconds * rate);
const startAt = performance.now();
const dueAt = (number: number) => startAt + (number * 1_000) / rate;
let began = 0;
for (let number = 0; number < total; ) {
  while (number < total && dueAt(number) <= performance.now()) {
    if (number === warmUps) {
      began = performance.now();
      await report({ event: 'begin' });
    }
    const booking = book(dueAt(number), number >= warmUps);
    underWay.add(booking);
    booking.then(() => underWay.delete(booking));
    number += 1;
  }
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt(number) - performance.now())));
}
await Promise.all(underWay);
const seconds = (performance.now() - began) / 1_000;
await report({ event: 'end', measurement: summarise(latencies, errors, seconds) });
await report({ event: 'done', requested: total });
process.exit();
