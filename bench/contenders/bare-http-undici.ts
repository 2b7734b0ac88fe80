import { createServer, type IncomingMessage } from 'node:http';
import { type BookingRequest, failureOf, settings } from './guide.ts';
import { pay, reserve } from './undici-peers.ts';

/** The guide's work and nothing else. */
async function book(request: BookingRequest) {
  const appointment = await reserve(request);
  if (appointment.appointmentId === undefined) return failureOf(request);
  return { ...(await pay(request, appointment)), ...appointment };
}

/** The whole body as text, from the stream's own events. */
function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    request
      .setEncoding('utf8')
      .on('data', (part: string) => {
        text += part;
      })
      .on('end', () => resolve(text))
      .on('error', reject);
  });
}

createServer(async (request, response) => {
  try {
    const reply = JSON.stringify(await book(JSON.parse(await readText(request))));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(reply) });
    response.end(reply);
  } catch {
    response.writeHead(500).end();
  }
}).listen(settings.port, '127.0.0.1');
