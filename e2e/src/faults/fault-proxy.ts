import { once } from 'node:events';
import { createServer } from 'node:http';
import { takePort } from '@appointments/chassis/testing';
import type { Fates } from './fates.ts';
import type { FaultRule } from './fault-rules.ts';
import { FaultyCalls } from './faulty-calls.ts';

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;

/** A real HTTP server between the orchestrator and a backend, which forwards calls, breaks them or loses them. */
export async function startFaultProxy(target: string) {
  const calls = new FaultyCalls(target);
  const port = await takePort();
  const server = createServer((request, response) => void calls.serve(request, response));
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
    arm: (rule: FaultRule) => calls.rules.add(rule),
    /** From now on each call meets one of these fates. */
    leaveTo: (fates: Fates) => {
      calls.fates = fates;
    },
    heal(): void {
      calls.rules.clear();
      calls.fates = undefined;
    },
    /** How many calls are under way in here, delayed ones among them; those that are held do not count. */
    onTheirWay: () => calls.onTheirWay,
    accept,
    refuse,
    releaseHeld: () => calls.releaseHeld(),
    async [Symbol.asyncDispose]() {
      calls.dropHeld();
      if (server.listening) await refuse();
    },
  };
}
