import { type Listening, listen } from '@appointments/chassis';
import { type ServiceParts, takePort } from '@appointments/chassis/testing';
import Koa, { type Context, type Middleware } from 'koa';
import type { BackendName } from '../../services.ts';
import { openBackend } from './open-backend.ts';

/** One call that a peer got. */
export interface PeerRequest {
  method: string;
  path: string;
  headers: Context['headers'];
  body: unknown;
  /** What the service made of it; undefined until it has. */
  status: number | undefined;
}

/** A real service over its own store, between which and the orchestrator a test can step. */
export type Peer = Awaited<ReturnType<typeof startPeer>>;

// A call of the test itself, which is neither counted nor interfered with.
const FROM_TEST = 'x-from-test';
const HOST = '127.0.0.1';

/** Records what the peer is sent, and lets a test respond in the peer's place. */
function createFront() {
  const requests: PeerRequest[] = [];
  let interference: Middleware | undefined;
  const front: Middleware = async (ctx, next) => {
    if (ctx.get(FROM_TEST)) return next();
    const seen: PeerRequest = {
      method: ctx.method,
      path: ctx.path,
      headers: ctx.headers,
      body: await readJson(ctx),
      status: undefined,
    };
    requests.push(seen);
    const pass = async () => {
      await next();
      seen.status = ctx.status;
    };
    return interference ? interference(ctx, pass) : pass();
  };
  return { front, requests, interfere: (middleware: Middleware | undefined) => (interference = middleware) };
}

// Read before anything is held up: by then the caller may have hung up, and what it sent counts all the same.
async function readJson(ctx: Context): Promise<unknown> {
  if (ctx.method !== 'POST') return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of ctx.req) chunks.push(chunk);
  ctx.request.body = JSON.parse(Buffer.concat(chunks).toString());
  return ctx.request.body;
}

/** Starts one of the services that the orchestrator needs. */
export async function startPeer(name: BackendName, parts: ServiceParts & { serviceToken: string }) {
  const service = await openBackend(name, parts);
  const { front, requests, interfere } = createFront();
  const app = new Koa();
  app.silent = true;
  app.middleware = [front, ...service.app.middleware];
  const port = await takePort();
  let listening: Listening | undefined = await listen(app, { host: HOST, port });
  const { url } = listening;

  async function goDown(): Promise<void> {
    // At once, for the orchestrator keeps its connections.
    await listening?.close(0);
    listening = undefined;
  }

  return {
    url,
    requests,
    interfere,
    goDown,
    /** Listens on the same port again. */
    async comeBack(): Promise<void> {
      listening = await listen(app, { host: HOST, port });
    },
    /** The calls that were meant to have an effect, the undos left out. */
    posts: () => requests.filter(({ method }) => method === 'POST'),
    // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever members it expects.
    async get(path: string): Promise<any> {
      const response = await fetch(url + path, {
        headers: { [FROM_TEST]: 'yes', authorization: `Bearer ${parts.serviceToken}` },
      });
      return response.json();
    },
    /** Calls the service as another client would, beside the orchestrator. */
    async post(path: string, body: unknown): Promise<number> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${parts.serviceToken}` };
      return (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    },
    async [Symbol.asyncDispose]() {
      await goDown();
      await service.close();
    },
  };
}
