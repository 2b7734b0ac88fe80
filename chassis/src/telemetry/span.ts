/** What names a span on the wire, W3C Trace Context. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

export type SpanAttributes = Record<string, string | number | boolean>;

export interface SpanRequest {
  name: string;
  kind: 'server' | 'client' | 'internal';
  parent?: SpanIds | undefined;
  /** Spans of other traces that led to this one. */
  links?: readonly SpanIds[];
  attributes?: SpanAttributes;
}

export interface Span {
  readonly ids: SpanIds;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Marks the span as failed; `code` is a stable word, never a message, which may hold what must not leave. */
  fail(code: string): void;
  end(): void;
}
