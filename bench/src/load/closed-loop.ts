// A process of its own: clients that each wait for a response before they send the next request.
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { createBodies, readOrder, report } from './load-order.ts';
import { isBooking, summarise, tally } from './measurement.ts';

const PATIENCE_MS = 60_000;

const order = readOrder();
const nextBody = createBodies(order);
let requested = 0;
let measuring = false;
const latencies: number[] = [];
const errors = new Map<string, number>();
const noteError = (name: string) => {
  if (measuring) tally(errors, name);
};

// Called for each response, right after its `response` event: only then is it known whether it counts.
let response = { status: 0, latency: 0 };
function judge(body: string): boolean {
  if (response.status !== 200) noteError(`http_${response.status}`);
  else if (!isBooking(body)) noteError('not_a_booking');
  else if (measuring) latencies.push(response.latency);
  return true;
}

const options: autocannon.Options = {
  url: order.url,
  connections: order.connections,
  // Ended by hand, so that what is measured needs no new connections.
  duration: 100_000,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  verifyBody: ((body: string) => judge(body)) as never,
  ...(order.slots
    ? { requests: [{ setupRequest: (request) => ({ ...request, body: count(nextBody()) }) }] }
    : { body: nextBody() }),
};
const load = autocannon(options, () => undefined);
function count(body: string): string {
  requested += 1;
  return body;
}
load.on('response', (_client, status, _bytes, latency) => {
  response = { status, latency };
});
load.on('reqError', (error) => noteError((error as NodeJS.ErrnoException).code ?? error.message));

await delay(order.warmUpSeconds * 1_000);
await report({ event: 'begin' });
measuring = true;
const beganAt = performance.now();
await delay(order.seconds * 1_000);
// One that is slow, on a busy machine, is measured until it has made a booking.
while (latencies.length === 0 && errors.size === 0 && performance.now() - beganAt < PATIENCE_MS) await delay(50);
measuring = false;
const seconds = (performance.now() - beganAt) / 1_000;
await report({ event: 'end', measurement: summarise(latencies, errors, seconds) });
await report({ event: 'done', requested });
process.exit();
