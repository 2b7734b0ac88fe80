import { ExchangeGivenUp } from './exchange.ts';

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

/** What went wrong, told from the error of an exchange. */
export function failureOf(error: unknown): PeerFailure {
  if (error instanceof ExchangeGivenUp) {
    return error.code === 'timeout' || error.code === 'cancelled' ? error.code : 'bad_reply';
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
