/** What names a span on the wire (W3C Trace Context). */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}
