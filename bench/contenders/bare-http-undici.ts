import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { type BookingRequest, failureOf, settings } from './guide.ts';
import { pay, reserve } from './undici-peers.ts';

/** The guide's work and nothing else. */
async function book(request: BookingRequest) {
  const appointment = await reserve(request);
  if (appointment.appointmentId === undefined) return failureOf(request);
  return { ...(await pay(request, appointment)), ...appointment };
}

createServer(async (request, response) => {
  try {
    const reply = JSON.stringify(await book(JSON.parse(await text(request))));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(reply) });
    response.end(reply);
  } catch {
    response.writeHead(500).end();
  }
}).listen(settings.port, '127.0.0.1');
