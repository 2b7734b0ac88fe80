import { Agent } from 'node:http';
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isTaskCancelledError,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import got, { type Got, type Method } from 'got';
import { outgoingContextHeaders } from './request-context.ts';

const MAX_REPLY_BYTES = 256 * 1024;
const FAILURES_TO_OPEN = 5;
const HALF_OPEN_AFTER_MS = 1_000;

/** Why a peer gave no usable answer. */
export type PeerFailure =
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'cancelled'
  | 'circuit_open'
  | 'bad_reply'
  | 'unauthorized'
  | 'overloaded'
  | 'in_progress'
  | `http_${number}`;

// Of these alone it is certain that the peer did nothing.
const WITHOUT_EFFECT: ReadonlySet<PeerFailure> = new Set(['refused', 'circuit_open', 'unauthorized', 'overloaded']);
const NOT_WORTH_REPEATING: ReadonlySet<PeerFailure> = new Set(['circuit_open', 'unauthorized', 'cancelled']);

/**
 * Thrown when a peer cannot be reached or answers something that cannot be its answer. It holds neither the request nor
 * the reply: both may carry a card number.
 */
export class PeerUnavailable extends Error {
  override name = 'PeerUnavailable';
  readonly peer: string;
  readonly code: PeerFailure;

  constructor(peer: string, code: PeerFailure) {
    super(`${peer}: ${code}`);
    this.peer = peer;
    this.code = code;
  }

  /** False where the call may have had its effect all the same, as after a time-out. */
  get withoutEffect(): boolean {
    return WITHOUT_EFFECT.has(this.code);
  }

  /** Whether the same call may fare better a moment later. */
  get worthRepeating(): boolean {
    return !NOT_WORTH_REPEATING.has(this.code);
  }
}

/** What a peer answered: any status below 500 that is not about the connection itself, with its JSON. */
export interface PeerReply {
  status: number;
  /** The parsed body; undefined where it is no JSON, which happens with an error page of something in between. */
  body: unknown;
}

export interface PeerCall {
  json?: unknown;
  idempotencyKey?: string;
  /** Ends the call early, at a deadline for instance. */
  signal?: AbortSignal;
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
  // A caller that gives up says nothing about the peer, except where its call was to find out whether the peer is well.
  const breaker = circuitBreaker(
    handleWhen((error) => (error as PeerUnavailable).code !== 'cancelled' || breaker.state === CircuitState.HalfOpen),
    { breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN), halfOpenAfter: HALF_OPEN_AFTER_MS },
  );

  /**
   * @param path below the base URL, without a leading slash; the caller has encoded it
   * @returns the reply, whatever its status below 500
   * @throws PeerUnavailable
   */
  async function call(method: Method, path: string, { signal, ...request }: PeerCall = {}): Promise<PeerReply> {
    // While one call probes a half-open circuit, cockatiel lets the others wait for it; failing at once is kinder.
    if (breaker.state === CircuitState.HalfOpen) throw new PeerUnavailable(name, 'circuit_open');
    const send = (limit: AbortSignal) => sendRequest(http, method, path, request, limit);
    try {
      return await breaker.execute(async () => {
        const reply = await limited
          .execute(({ signal: limit }) => send(limit), signal)
          .catch((error: unknown) => {
            throw new PeerUnavailable(name, failureOf(error, signal));
          });
        const failure = failureOfStatus(reply.status);
        if (failure) throw new PeerUnavailable(name, failure);
        return reply;
      });
    } catch (error) {
      throw error instanceof BrokenCircuitError ? new PeerUnavailable(name, 'circuit_open') : error;
    }
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
  { json, idempotencyKey }: Omit<PeerCall, 'signal'>,
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

function failureOf(error: unknown, signal: AbortSignal | undefined): PeerFailure {
  if (signal?.aborted) return 'cancelled';
  if (isTaskCancelledError(error)) return 'timeout';
  switch ((error as { code?: string }).code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'refused';
    case 'ERR_ABORTED':
      return 'bad_reply';
    default:
      return 'reset';
  }
}

function failureOfStatus(status: number): PeerFailure | undefined {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'overloaded';
  if (status >= 300 && status < 400) return 'bad_reply';
  return status >= 500 ? `http_${status}` : undefined;
}
