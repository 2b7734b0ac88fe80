import { ExchangeGivenUp } from './exchange.ts';

/** Why a peer gave no usable answer. */
export type PeerFailure =
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'cancelled'
  | 'circuit_open'
  | 'bad_reply'
  | 'misrouted'
  | 'unauthorized'
  | 'overloaded'
  | 'in_progress'
  | `http_${number}`;

// The peer never got the call.
const NOT_SENT: ReadonlySet<PeerFailure> = new Set(['refused', 'circuit_open']);
// The peer did nothing, if it is the one that says so: a proxy may say the same of a call that went through.
const TURNED_AWAY: ReadonlySet<PeerFailure> = new Set(['unauthorized', 'overloaded']);
const NOT_RETRYABLE: ReadonlySet<PeerFailure> = new Set(['circuit_open', 'unauthorized', 'cancelled']);

/**
 * Thrown when a peer cannot be reached or sends something that cannot be its response. It holds neither the request nor
 * the response: both may carry a card number.
 */
export class PeerUnavailable extends Error {
  override name = 'PeerUnavailable';
  readonly peer: string;
  readonly code: PeerFailure;
  readonly #isOwnWord: boolean;

  /**
   * @param isOwnWord whether the peer's own problem document says so
   * @param cause of an open circuit: the failure that opened it
   */
  constructor(peer: string, code: PeerFailure, isOwnWord = false, cause?: unknown) {
    super(`${peer}: ${code}`, cause === undefined ? undefined : { cause });
    this.peer = peer;
    this.code = code;
    this.#isOwnWord = isOwnWord;
    // V8 formats a stack when it is first read. Until then an error keeps every function on it, with all that these work
    // on, and a circuit breaker keeps its last error.
    this.stack = `${this.name}: ${this.message}`;
  }

  /** False where the call may have had its effect all the same, as after a timeout. */
  get noSideEffect(): boolean {
    return NOT_SENT.has(this.code) || (TURNED_AWAY.has(this.code) && this.#isOwnWord);
  }

  /** Whether the same call may succeed a moment later. */
  get retryable(): boolean {
    return !NOT_RETRYABLE.has(this.code);
  }
}

/** What went wrong, told from the error of an exchange. */
export function failureOf(error: unknown): PeerFailure {
  if (error instanceof ExchangeGivenUp) {
    return error.code === 'too_large' || error.code === 'encoded' ? 'bad_reply' : error.code;
  }
  switch ((error as { code?: string }).code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'refused';
    default:
      return 'reset';
  }
}

/** What a status says that is about the connection rather than the request; undefined for an answer. */
export function failureOfStatus(status: number): PeerFailure | undefined {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'overloaded';
  if (status >= 300 && status < 400) return 'bad_reply';
  return status >= 500 ? `http_${status}` : undefined;
}
