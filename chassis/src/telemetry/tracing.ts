import { createRequestContext, parseTraceparent, requestContext, runInRequestContext } from './request-context.ts';
import type { Span, SpanRequest } from './span.ts';

let startSpan: ((request: SpanRequest) => Span) | undefined;

/**
 * Turns tracing on for this process where there is an endpoint to send to. Without one nothing is loaded and spans cost
 * nothing; trace ids still travel through logs, problems and calls.
 *
 * @returns what sends the last spans and turns tracing off again
 */
export async function startTracing(service: string, endpoint: string | undefined): Promise<() => Promise<void>> {
  if (!endpoint) return async () => {};
  const { connectOpenTelemetry } = await import('./open-telemetry.ts');
  const connection = connectOpenTelemetry(service, endpoint);
  startSpan = connection.startSpan;
  return async () => {
    startSpan = undefined;
    await connection.shutdown();
  };
}

const UNTRACED: Omit<Span, 'ids'> = { rename: () => {}, set: () => {}, fail: () => {}, end: () => {} };

/**
 * Runs `work` in a span below the current one; calls to peers from inside name it as their parent. A rejection marks the
 * span as failed and goes on.
 */
export async function inSpan<Result>(
  request: Omit<SpanRequest, 'parent'>,
  work: (span: Omit<Span, 'ids'>) => Promise<Result>,
): Promise<Result> {
  if (!startSpan) return work(UNTRACED);
  const outer = requestContext();
  const span = startSpan({ ...request, parent: outer });
  return runInRequestContext({ ...(outer ?? createRequestContext()), ...span.ids }, () => untilEnd(span, work));
}

/**
 * Runs `work` in the context of an incoming request, and in a span that continues the caller's where tracing is on.
 *
 * @param headers the incoming `traceparent` and `x-request-id`
 */
export async function inRequestSpan<Result>(
  headers: { traceparent: string; requestId: string },
  work: (span: Omit<Span, 'ids'>) => Promise<Result>,
): Promise<Result> {
  if (!startSpan) return runInRequestContext(createRequestContext(headers), () => work(UNTRACED));
  const span = startSpan({ name: 'request', kind: 'server', parent: parseTraceparent(headers.traceparent) });
  return runInRequestContext(createRequestContext(headers, span.ids), () => untilEnd(span, work));
}

async function untilEnd<Result>(span: Span, work: (span: Span) => Promise<Result>): Promise<Result> {
  try {
    return await work(span);
  } catch (error) {
    span.fail(String((error as { code?: unknown } | undefined)?.code ?? 'error'));
    throw error;
  } finally {
    span.end();
  }
}
