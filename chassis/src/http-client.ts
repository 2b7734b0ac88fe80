import { Agent } from 'node:http';
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import got, { type Got, type Method } from 'got';
import { failureOf, failureOfStatus, PeerUnavailable } from './peer-unavailable.ts';
import { outgoingContextHeaders } from './request-context.ts';
import { inSpan } from './tracing.ts';

const MAX_REPLY_BYTES = 256 * 1024;
const FAILURES_TO_OPEN = 5;
const HALF_OPEN_AFTER_MS = 1_000;

/** What a peer answered: any status below 500 that is not about the connection itself, with its JSON. */
export interface PeerReply {
  status: number;
  /** The parsed body; undefined where it is no JSON, which happens with an error page of something in between. */
  body: unknown;
}

export interface PeerCall<Answer = PeerReply> {
  json?: unknown;
  idempotencyKey?: string;
  /** Ends the call early, at a deadline for instance. */
  signal?: AbortSignal;
  /**
   * Takes the reply apart. A PeerUnavailable thrown here counts against the peer like one of the connection's own; any
   * other error is an answer. Without it the call returns the reply as it is.
   */
  read?: (reply: PeerReply) => Answer;
}

export interface PeerOptions {
  name: string;
  baseUrl: string;
  /** How long one call may take. */
  timeoutMs: number;
  token?: string | undefined;
}

export type PeerClient = ReturnType<typeof createPeerClient>;

/**
 * A client for one peer: kept-alive connections, a time-out on each call, a circuit breaker over all of them, redirects
 * never followed. It repeats nothing: who calls knows what may be repeated.
 */
export function createPeerClient({ name, baseUrl, timeoutMs, token }: PeerOptions) {
  const agent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 64 });
  const http = createHttp(baseUrl, agent, token);
  const limited = timeout(timeoutMs, TimeoutStrategy.Aggressive);
  const breaker = circuitBreaker(
    handleWhen((error) => countsAgainstPeer(error, breaker.state)),
    { breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN), halfOpenAfter: HALF_OPEN_AFTER_MS },
  );

  /**
   * @param path below the base URL, without a leading slash; the caller has encoded it
   * @returns what `read` makes of the reply, whatever its status below 500
   * @throws PeerUnavailable; whatever else `read` throws
   */
  async function call<Answer = PeerReply>(
    method: Method,
    path: string,
    { signal, read = (reply) => reply as Answer, ...request }: PeerCall<Answer> = {},
  ): Promise<Answer> {
    // While one call probes a half-open circuit, cockatiel lets the others wait for it; failing at once is kinder.
    if (breaker.state === CircuitState.HalfOpen) throw new PeerUnavailable(name, 'circuit_open');
    const send = () => limited.execute(({ signal: limit }) => sendTraced(method, path, request, limit), signal);
    try {
      return await breaker.execute(async () => {
        const reply = await send().catch((error: unknown) => {
          throw new PeerUnavailable(name, failureOf(error, signal));
        });
        const failure = failureOfStatus(reply.status);
        if (failure) throw new PeerUnavailable(name, failure);
        return read(reply);
      });
    } catch (error) {
      throw error instanceof BrokenCircuitError ? new PeerUnavailable(name, 'circuit_open') : error;
    }
  }

  function sendTraced(method: Method, path: string, request: PeerCall, limit: AbortSignal): Promise<PeerReply> {
    const span = { name: `${method} ${name}`, kind: 'client', attributes: { 'peer.service': name } } as const;
    return inSpan(span, async ({ set }) => {
      const reply = await sendRequest(http, method, path, request, limit);
      set({ 'http.response.status_code': reply.status });
      return reply;
    });
  }

  return { name, call, circuit: () => CIRCUIT_NAMES[breaker.state], close: async () => agent.destroy() };
}

const CIRCUIT_NAMES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
} as const;

function createHttp(baseUrl: string, agent: Agent, token: string | undefined): Got {
  return got.extend({
    prefixUrl: baseUrl,
    agent: { http: agent },
    responseType: 'text',
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    headers: {
      'user-agent': undefined,
      accept: 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
  });
}

async function sendRequest(
  http: Got,
  method: Method,
  path: string,
  { json, idempotencyKey }: PeerCall,
  signal: AbortSignal,
): Promise<PeerReply> {
  const oversized = new AbortController();
  const request = http(path, {
    method,
    signal: AbortSignal.any([signal, oversized.signal]),
    headers: { ...outgoingContextHeaders(), ...(idempotencyKey && { 'idempotency-key': idempotencyKey }) },
    ...(json !== undefined && { json }),
  });
  request.on('downloadProgress', ({ transferred }) => {
    if (transferred > MAX_REPLY_BYTES) oversized.abort();
  });
  const { statusCode, body } = await request;
  return { status: statusCode, body: parseJson(body) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function countsAgainstPeer(error: unknown, circuit: CircuitState): boolean {
  if (!(error instanceof PeerUnavailable)) return false;
  // A caller that gives up says nothing about the peer, except where its call was to find out whether the peer is well.
  if (error.code === 'cancelled') return circuit === CircuitState.HalfOpen;
  // A peer that is still at work on the same request is well.
  return error.code !== 'in_progress';
}
