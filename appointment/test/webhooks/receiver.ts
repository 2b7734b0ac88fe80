import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { waitUntil } from '@appointments/chassis/testing';
import { Webhook } from 'standardwebhooks';
import { WEBHOOK_EVENTS } from '../../src/webhooks/events.ts';
import { PATIENCE_MS } from '../appointment-stack.ts';

export const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, no more').toString('base64')}`;

/** One webhook that a receiver got. */
export interface Received {
  webhookId: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever members it expects.
  event: any;
  /** Whether the reference implementation finds the signature right. */
  verified: boolean;
  body: string;
}

type Respond = (response: ServerResponse, request: IncomingMessage) => void;

export const answer =
  (status: number, headers: Record<string, string> = {}): Respond =>
  (response) =>
    void response.writeHead(status, headers).end();

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

export interface ReceiverOptions {
  secret?: string;
  /** What it takes as well, while the secret is changed. */
  next?: string;
  respond?: Respond;
}

/** A real receiver, which verifies with the reference implementation of Standard Webhooks. */
export async function startReceiver({ secret = SECRET, next = secret, respond = answer(204) }: ReceiverOptions = {}) {
  const received: Received[] = [];
  let current = respond;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const webhookId = String(request.headers['webhook-id']);
    received.push({
      webhookId,
      event: JSON.parse(body),
      verified: [secret, next].some((known) => isVerified(known, body, request)),
      body,
    });
    current(response, request);
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;

  return {
    url,
    endpoint: { url, secret, events: WEBHOOK_EVENTS },
    /** What a service is started with so that it tells this receiver of all events; a file in the folder has it. */
    settings(folder: string): NodeJS.ProcessEnv {
      const file = join(folder, 'webhooks.json');
      writeFileSync(file, JSON.stringify([{ url, secret }]));
      return { WEBHOOKS_FILE: file, WEBHOOK_ALLOW_PRIVATE: 'true' };
    },
    received,
    /** How many there were. */
    connections: () => connections,
    types: () => received.map(({ event }) => event.type as string),
    respond(next: Respond): void {
      current = next;
    },
    gets: (count: number) => waitUntil(`${count} webhooks`, () => received.length >= count, PATIENCE_MS),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function isVerified(secret: string, body: string, { headers }: IncomingMessage): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
