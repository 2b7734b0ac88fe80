import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { BackendResponse } from './forward-call.ts';
import type { Random } from './seeded-random.ts';

type Reply = BackendResponse | undefined;

/** One call as it meets its fate. */
export interface Meeting {
  /** Forwards the request, as often as it is asked to; resolves with undefined where the backend sent no response. */
  send: () => Promise<Reply>;
  response: ServerResponse;
  socket: Socket;
}

/** How patient the caller is: how long it waits for one call, and how long it repeats it. */
export interface Patience {
  callMs: number;
  deadlineMs: number;
}

const PASSING = 0.6;
const DROPS = 20;
const GARBAGE = { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>Bad gatew') };

/** A response as it goes over the wire. */
function bytesOf({ status, headers, body }: BackendResponse): { head: Buffer; all: Buffer } {
  const fields = Object.entries({ ...headers, 'content-length': String(body.length) });
  const lines = [`HTTP/1.1 ${status} `, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''];
  const head = Buffer.from(lines.join('\r\n'));
  return { head, all: Buffer.concat([head, body]) };
}

function pass(reply: Reply, { response, socket }: Meeting): void {
  if (!reply) return void socket.resetAndDestroy();
  response.writeHead(reply.status, reply.headers).end(reply.body);
}

/** Gives one call's response to another one; the first waits for the second. */
function createSwap() {
  let swapping: { reply: Reply; meeting: Meeting } | undefined;

  return (reply: Reply, meeting: Meeting): void => {
    const other = swapping;
    swapping = other ? undefined : { reply, meeting };
    if (!other) return;
    pass(other.reply, meeting);
    pass(reply, other.meeting);
  };
}

async function drip(bytes: Buffer, socket: Socket, pauseMs: number): Promise<void> {
  const size = Math.ceil(bytes.length / DROPS);
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(bytes.subarray(at, at + size));
    await delay(pauseMs);
  }
  socket.end();
}

/** A fate that a response meets; where there is none, the connection is reset. */
const behind = (befall: (reply: BackendResponse, meeting: Meeting) => unknown) => async (meeting: Meeting) => {
  const reply = await meeting.send();
  if (!reply) meeting.socket.resetAndDestroy();
  else await befall(reply, meeting);
};

/** Chooses by chance what becomes of each call; most of them pass. */
export function createFates(random: Random, { callMs, deadlineMs }: Patience) {
  /** What comes once more on a connection, ahead of the response to its next call. */
  const echoes = new WeakMap<Socket, Buffer>();
  const swap = createSwap();

  const fates: Record<string, (meeting: Meeting) => Promise<unknown>> = {
    passes: async (meeting) => pass(await meeting.send(), meeting),
    'arrives late': async (meeting) => {
      await delay(random.between(0, callMs));
      pass(await meeting.send(), meeting);
    },
    'arrives after the deadline': async ({ send }) => {
      await delay(random.between(1, 2) * deadlineMs);
      await send();
    },
    'is lost': async () => {},
    'is doubled': async (meeting) => pass(random.pick(await Promise.all([meeting.send(), meeting.send()])), meeting),
    'loses its response': behind(() => {}),
    'gets its response twice': behind((reply, meeting) => {
      pass(reply, meeting);
      echoes.set(meeting.socket, bytesOf(reply).all);
    }),
    "gets another call's response": behind(swap),
    'gets its response drop by drop': behind((reply, { socket }) =>
      drip(bytesOf(reply).all, socket, random.between(0, (1.5 * callMs) / DROPS)),
    ),
    'is cut in the head of its response': behind((reply, { socket }) => {
      const { head } = bytesOf(reply);
      socket.end(head.subarray(0, random.between(1, head.length)));
    }),
    'is cut in the body of its response': behind((reply, { socket }) => {
      const { head, all } = bytesOf(reply);
      socket.end(all.subarray(0, random.between(head.length, all.length)));
    }),
    'is reset': async ({ socket }) => socket.resetAndDestroy(),
    'gets garbage': behind((_reply, meeting) => pass(GARBAGE, meeting)),
  };
  const [passes, ...misfortunes] = Object.keys(fates) as [string, ...string[]];
  const met = new Map(Object.keys(fates).map((fate) => [fate, 0]));

  return {
    /** How many calls met each fate. */
    met: met as ReadonlyMap<string, number>,
    async meet(meeting: Meeting): Promise<void> {
      const echo = echoes.get(meeting.socket);
      if (echo) meeting.socket.write(echo);
      echoes.delete(meeting.socket);
      const fate = random.next() < PASSING ? passes : random.pick(misfortunes);
      met.set(fate, (met.get(fate) ?? 0) + 1);
      await fates[fate]?.(meeting);
    },
  };
}

export type Fates = ReturnType<typeof createFates>;
