import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Span, SpanIds, SpanRequest } from './span.ts';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };
const EXPORT_EVERY_MS = 1_000;
// A collector that does not respond must not delay a shutdown.
const EXPORT_TIMEOUT_MS = 2_000;

/**
 * Sends spans to an OTLP collector over HTTP. Loaded only where tracing is on.
 *
 * @param endpoint the collector's base address; `/v1/traces` is added, as the OTLP specification says
 */
export function connectOpenTelemetry(service: string, endpoint: string) {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const processor = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: EXPORT_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('@appointments/chassis');

  function startSpan({ name, kind, parent, links = [], attributes = {} }: SpanRequest): Span {
    const span = tracer.startSpan(
      name,
      { kind: KINDS[kind], attributes, links: links.map((ids) => ({ context: contextOf(ids) })) },
      parent ? trace.setSpanContext(ROOT_CONTEXT, contextOf(parent)) : (ROOT_CONTEXT as Context),
    );
    const { traceId, spanId } = span.spanContext();
    return {
      ids: { traceId, spanId },
      rename: (newName) => span.updateName(newName),
      set: (more) => span.setAttributes(more),
      fail: (code) => span.setStatus({ code: SpanStatusCode.ERROR, message: code }),
      end: () => span.end(),
    };
  }

  // Spans that the collector does not take are lost, and the service has stopped well all the same.
  return { startSpan, shutdown: () => provider.shutdown().catch(() => {}) };
}

const contextOf = (ids: SpanIds) => ({ ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true });
