import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

/** A request of which the whole body is in memory. */
export interface ExchangeRequest {
  /** The path with its query. */
  path: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** How far an exchange may go. */
export interface ExchangeLimits {
  /** From the call until the last byte of the reply. */
  timeoutMs: number;
  maxReplyBytes: number;
  /** Ends it earlier. */
  signal?: AbortSignal | undefined;
  /** Whether a response with these headers is to this request; it is, where this is left out. */
  isOwn?: ((headers: IncomingHttpHeaders) => boolean) | undefined;
}

/** A reply of which the whole body is in memory. */
export interface ExchangeReply {
  status: number;
  text: string;
}

/** Why an exchange was given up by this side. */
export class ExchangeGivenUp extends Error {
  override name = 'ExchangeGivenUp';
  readonly code: 'timeout' | 'cancelled' | 'misrouted' | 'too_large' | 'encoded';

  constructor(code: ExchangeGivenUp['code']) {
    super(code);
    this.code = code;
  }
}

/**
 * Sends one request over undici's lowest layer, which costs a fraction of its streams, and takes the reply whole.
 *
 * @throws ExchangeGivenUp at a limit, and then the connection is closed; what undici or the socket says for the rest
 */
export function exchange(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  limits: ExchangeLimits,
): Promise<ExchangeReply> {
  return new Promise((resolve, reject) => {
    if (limits.signal?.aborted) return reject(new ExchangeGivenUp('cancelled'));
    const { path, method, headers, body = null } = request;
    dispatcher.dispatch({ path, method, headers, body }, new Exchange(limits, resolve, reject));
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #limits: ExchangeLimits;
  readonly #resolve: (reply: ExchangeReply) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #givenUp: ExchangeGivenUp | undefined;
  #status = 0;
  #size = 0;

  constructor(limits: ExchangeLimits, resolve: (reply: ExchangeReply) => void, reject: (error: Error) => void) {
    this.#limits = limits;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => this.#giveUp('timeout'), limits.timeoutMs);
    limits.signal?.addEventListener('abort', this.#cancel);
  }

  readonly #cancel = () => this.#giveUp('cancelled');

  #giveUp(code: ExchangeGivenUp['code']): void {
    this.#givenUp = new ExchangeGivenUp(code);
    this.#end();
    this.#reject(this.#givenUp);
    this.#controller?.abort(this.#givenUp);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#limits.signal?.removeEventListener('abort', this.#cancel);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for a connection: nothing is sent.
    if (this.#givenUp) controller.abort(this.#givenUp);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    // The connection goes with it: each response that comes later on it may be another request's as well.
    if (this.#limits.isOwn?.(headers) === false) this.#giveUp('misrouted');
    // The request asked for no encoding: a compressed reply may decompress to any size.
    else if ((headers['content-encoding'] ?? 'identity') !== 'identity') this.#giveUp('encoded');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    if (this.#size > this.#limits.maxReplyBytes) this.#giveUp('too_large');
  }

  onResponseEnd(): void {
    this.#end();
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks, this.#size);
    this.#resolve({ status: this.#status, text: bytes.toString() });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end();
    this.#reject(error);
  }
}
