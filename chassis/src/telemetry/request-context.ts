import { AsyncLocalStorage } from 'node:async_hooks';
import { holdsCardNumber, isCardNumber } from '../text/card-number.ts';
import { randomHex } from './random-hex.ts';

/** What every log line, problem document and outgoing call of one request has in common. */
export interface RequestContext {
  readonly requestId: string;
  /** 32 lower-case hex digits, W3C Trace Context. */
  readonly traceId: string;
  /** The span that calls to peers name as their parent, 16 lower-case hex digits. */
  readonly spanId: string;
  /** More names for the log lines of this request, such as the id of what it is about. */
  readonly labels: Record<string, string>;
}

const storage = new AsyncLocalStorage<RequestContext>();

// W3C Trace Context, section 3.2.2: version ff is forbidden, neither id may be all zeros, and only a version after 00 may
// have more behind the flags.
const TRACEPARENT = /^(?!ff)(?!00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;
const REQUEST_ID = /^[\w.:@/+-]{1,128}$/;

/** Whether a text may name a request or a call. */
export const isRequestId = (text: string): boolean => REQUEST_ID.test(text) && !holdsCardNumber(text);

/** The context of the request being served, or undefined outside of one. */
export function requestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `work` inside a context; everything it awaits sees the same one. */
export function runInRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

// Traces and logs are kept, so they get no id that is a card number, filled up with zeros or not. Random ids have letters: of
// a million, none is taken for a card; of a million that have 16 digits and zeros, as some tracers make them, about 50.
const isCardNumberInZeros = (id: string): boolean =>
  isCardNumber(id) || isCardNumber(id.replace(/^0+/, '')) || isCardNumber(id.replace(/0+$/, ''));

/**
 * The caller's trace and span out of a `traceparent` header; undefined where it is not well formed, and where the trace's id
 * is a card number. Where that of the span is one, another stands in for it, so that the trace is still the same.
 */
export function parseTraceparent(header: string): { traceId: string; spanId: string } | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(header) ?? [];
  if (!traceId || !spanId || isCardNumberInZeros(traceId)) return undefined;
  return { traceId, spanId: isCardNumberInZeros(spanId) ? randomHex(8) : spanId };
}

/**
 * A context that continues the caller's trace and request id where they are well formed and hold no card number, and begins
 * anew where not.
 *
 * @param headers the incoming `traceparent` and `x-request-id`
 * @param span the ids of this service's own span, where the tracer has made them
 */
export function createRequestContext(
  headers: { traceparent?: string; requestId?: string } = {},
  span: { traceId: string; spanId: string } = newSpanIds(headers.traceparent),
): RequestContext {
  const { traceId, spanId } = span;
  const { requestId = '' } = headers;
  return { requestId: isRequestId(requestId) ? requestId : traceId, traceId, spanId, labels: {} };
}

function newSpanIds(traceparent = '') {
  const traceId = parseTraceparent(traceparent)?.traceId ?? randomHex(16);
  return { traceId, spanId: randomHex(8) };
}

/** Adds a name to the log lines of the current request, for instance a booking's id. */
export function labelRequest(name: string, value: string): void {
  const context = storage.getStore();
  if (context) context.labels[name] = value;
}

/** The headers that carry the current context to a peer; empty outside of a request. */
export function outgoingContextHeaders(): Record<string, string> {
  const context = storage.getStore();
  if (!context) return {};
  return { traceparent: `00-${context.traceId}-${context.spanId}-01`, 'x-request-id': context.requestId };
}
