import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { takePort } from '@appointments/chassis/testing';
import { type Call, createRuleBook, type Fault, type FaultRule } from './fault-rules.ts';

interface BackendResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;

/** A real HTTP server between the orchestrator and a backend, which forwards calls, breaks them or loses them. */
export async function startFaultProxy(target: string) {
  const rules = createRuleBook();
  const port = await takePort();
  let held: Array<() => Promise<BackendResponse | undefined>> = [];
  let onTheirWay = 0;

  /** @returns whether the call goes on */
  async function suffer(
    fault: Fault,
    socket: Socket,
    later: () => Promise<BackendResponse | undefined>,
  ): Promise<boolean> {
    if (typeof fault === 'object' && 'delayMs' in fault) {
      await delay(fault.delayMs);
      return true;
    }
    if (typeof fault === 'object') await fault.strike();
    const end = typeof fault === 'object' ? fault.ending : fault;
    if (end === 'hold') held.push(later);
    else socket.resetAndDestroy();
    return false;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers, socket } = request;
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const call: Call = { method, path };
    const send = () => forward(target, call, headers, body);
    const before = rules.ruleFor('request', call);
    if (before && !(await suffer(before.fault, socket, send))) return;
    const reply = await send();
    const behind = rules.ruleFor('response', call);
    if (behind && !(await suffer(behind.fault, socket, async () => reply))) return;
    if (!reply) return void socket.resetAndDestroy();
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  const server = createServer((request, response) => {
    onTheirWay += 1;
    void serve(request, response).finally(() => (onTheirWay -= 1));
  });

  // A caller that is killed resets its connections.
  server.on('connection', (socket) => socket.on('error', () => {}));

  async function accept(): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }

  /** Refuses connections, as a machine does on which nothing listens. */
  async function refuse(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  await accept();
  return {
    url: `http://127.0.0.1:${port}`,
    arm: (rule: FaultRule) => rules.add(rule),
    heal: rules.clear,
    /** How many calls are under way in here, delayed ones among them; those that are held do not count. */
    onTheirWay: () => onTheirWay,
    accept,
    refuse,
    /** Forwards the calls that were held, long after their caller left; returns the backend's statuses. */
    async releaseHeld(): Promise<number[]> {
      const replies = await Promise.all(held.splice(0).map((later) => later()));
      return replies.map((reply) => reply?.status ?? 0);
    },
    async [Symbol.asyncDispose]() {
      held = [];
      if (server.listening) await refuse();
    },
  };
}

/** @returns the backend's response, undefined where it sent none */
async function forward(
  target: string,
  { method, path }: Call,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<BackendResponse | undefined> {
  try {
    // A connection for each call: a kept one may be dead, and that fault would not be the test's.
    const request = sendRequest(new URL(path, target), { method, agent: false, headers }).end(body);
    const [reply] = (await once(request, 'response')) as [IncomingMessage];
    const { connection, 'transfer-encoding': encoding, ...kept } = reply.headers;
    return { status: reply.statusCode ?? 0, headers: kept, body: await buffer(reply) };
  } catch {
    return undefined;
  }
}
