import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import got, { type Got, type HandlerFunction, type Method } from 'got';
import { Pool } from 'undici';
import { outgoingContextHeaders } from '../telemetry/request-context.ts';
import { inSpan } from '../telemetry/tracing.ts';
import { type ExchangeLimits, type ExchangeReply, exchange } from './exchange.ts';
import { callId, ownResponse } from './own-response.ts';
import { failureOf, failureOfStatus, PeerUnavailable } from './peer-unavailable.ts';

const MAX_REPLY_BYTES = 256 * 1024;
const MAX_CONNECTIONS = 512;
const FAILURES_TO_OPEN = 5;
const HALF_OPEN_AFTER_MS = 1_000;
// Cockatiel takes the pause by the wall clock, which may be set back; here it is taken by a monotonic one.
const AT_ONCE = Number.NEGATIVE_INFINITY;

/** A peer's response: any status below 500 that is not about the connection itself, with its JSON. */
export interface PeerReply {
  status: number;
  /** The parsed body; undefined where it is no JSON, such as a proxy's error page. */
  body: unknown;
}

export interface PeerCall<Result = PeerReply> {
  json?: unknown;
  idempotencyKey?: string;
  /** How long this call may take, in milliseconds, where it is not as long as any other. */
  timeoutMs?: number;
  /** Ends the call early, at a deadline for instance. */
  signal?: AbortSignal;
  /**
   * Parses the reply. A PeerUnavailable thrown here counts against the peer like a failed connection, but for
   * `in_progress` and `http_4xx`; any other error does not. Without `read` the call returns the reply as it is.
   */
  read?: (reply: PeerReply) => Result;
}

export interface PeerOptions {
  name: string;
  baseUrl: string;
  /** How long one call may take. */
  timeoutMs: number;
  token?: string | undefined;
  /** Whether it returns the `X-Request-Id` that it was sent, as our services do. */
  returnsRequestId?: boolean;
}

export type PeerClient = ReturnType<typeof createPeerClient>;

/**
 * A client for one peer: kept-alive connections, a timeout on each call, a circuit breaker over all of them, redirects
 * never followed. It retries nothing: the caller knows what may be retried.
 */
export function createPeerClient({
  name,
  baseUrl,
  timeoutMs: usualTimeoutMs,
  token,
  returnsRequestId = false,
}: PeerOptions) {
  // An exchange has one limit, for the whole of it.
  const pool = new Pool(new URL(baseUrl).origin, {
    connections: MAX_CONNECTIONS,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const http = createHttp(baseUrl, pool, token);
  const breaker = circuitBreaker(
    handleWhen((error) => countsAgainstPeer(error, breaker.state)),
    { breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN), halfOpenAfter: AT_ONCE },
  );
  let openedAt = Number.NEGATIVE_INFINITY;
  let openedBy: unknown;
  breaker.onBreak((reason) => {
    openedAt = performance.now();
    openedBy = 'error' in reason ? reason.error : undefined;
  });
  const circuitOpen = () => new PeerUnavailable(name, 'circuit_open', false, openedBy);
  const isPausing = () => breaker.state === CircuitState.Open && performance.now() - openedAt < HALF_OPEN_AFTER_MS;

  /**
   * @param path below the base URL, without a leading slash; the caller has encoded it
   * @returns what `read` makes of the reply, whatever its status below 500
   * @throws PeerUnavailable; what `read` throws
   */
  async function call<Result = PeerReply>(
    method: Method,
    path: string,
    { signal, timeoutMs = usualTimeoutMs, read = (reply) => reply as Result, ...request }: PeerCall<Result> = {},
  ): Promise<Result> {
    // While one call probes a half-open circuit, cockatiel lets the others wait for it; failing at once is kinder.
    if (breaker.state === CircuitState.HalfOpen || isPausing()) throw circuitOpen();
    const limits = { timeoutMs, maxReplyBytes: MAX_REPLY_BYTES, signal };
    try {
      return await breaker.execute(async () => {
        const reply = await sendTraced(method, path, request, limits).catch((error: unknown) => {
          throw new PeerUnavailable(name, failureOf(error));
        });
        const failure = failureOfStatus(reply.status);
        if (failure) throw new PeerUnavailable(name, failure, hasCode(reply.body));
        return read(reply);
      });
    } catch (error) {
      throw error instanceof BrokenCircuitError ? circuitOpen() : error;
    }
  }

  function sendTraced(method: Method, path: string, request: PeerCall, limits: ExchangeLimits): Promise<PeerReply> {
    const span = { name: `${method} ${name}`, kind: 'client', attributes: { 'peer.service': name } } as const;
    return inSpan(span, async ({ set }) => {
      const headers = { ...outgoingContextHeaders(), ...callId() };
      const isOwn = ownResponse(headers, returnsRequestId);
      const reply = await sendRequest(http, method, path, { ...request, headers }, { ...limits, isOwn });
      set({ 'http.response.status_code': reply.status });
      return reply;
    });
  }

  return { name, call, circuit: () => CIRCUIT_NAMES[breaker.state], close: () => pool.destroy() };
}

const CIRCUIT_NAMES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
} as const;

function createHttp(baseUrl: string, pool: Pool, token: string | undefined): Got {
  return got.extend({
    prefixUrl: baseUrl,
    handlers: [overUndici(pool)],
    headers: {
      'user-agent': undefined,
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(token && { authorization: `Bearer ${token}` }),
    },
  });
}

/**
 * Got makes the request out of its options, and undici sends it: got's own way through streams and node:http takes three
 * times the CPU (docs/adr/0007-got-over-undici.md). Got follows no redirect here, retries nothing and returns every
 * status.
 */
function overUndici(pool: Pool): HandlerFunction {
  return async ({ url, method, headers, json, context }) => {
    const { pathname, search } = url as URL;
    const body = json === undefined ? undefined : JSON.stringify(json);
    const request = { path: pathname + search, method, headers: headers as Record<string, string>, body };
    return (await exchange(pool, request, context.limits as ExchangeLimits)) as never;
  };
}

async function sendRequest(
  http: Got,
  method: Method,
  path: string,
  { json, idempotencyKey, headers }: PeerCall & { headers: Record<string, string> },
  limits: ExchangeLimits,
): Promise<PeerReply> {
  const options = {
    method,
    headers: {
      ...headers,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
    },
    ...(json !== undefined && { json }),
    context: { limits },
  };
  // As a stream, got returns what the handler returns; as a promise it would wrap it.
  const { status, text } = (await http.stream(path, options)) as unknown as ExchangeReply;
  return { status, body: parseJson(text) };
}

/** Whether a body is a problem document of one of our services, which has a code of its own (RFC 9457, section 3.2). */
const hasCode = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function countsAgainstPeer(error: unknown, circuit: CircuitState): boolean {
  if (!(error instanceof PeerUnavailable)) return false;
  // A cancelled call says nothing about the peer, except where it was the probe of a half-open circuit.
  if (error.code === 'cancelled') return circuit === CircuitState.HalfOpen;
  // A peer that still works on the same request is healthy, and so is one that refuses this one request.
  return error.code !== 'in_progress' && !/^http_4\d\d$/.test(error.code);
}
