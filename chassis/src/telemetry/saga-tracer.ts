import { createRequestContext, labelRequest, requestContext, runInRequestContext } from './request-context.ts';
import type { SpanIds } from './span.ts';
import { inSpan } from './tracing.ts';

/** Lets the sagas of the package `durable-saga` tell of their runs and steps as spans, and log with the saga's id. */
export const sagaTracer = {
  current(): SpanIds | null {
    const context = requestContext();
    return context ? { traceId: context.traceId, spanId: context.spanId } : null;
  },
  resume<Result>(
    { id, name, origin }: { id: string; name: string; origin: SpanIds | null },
    work: () => Promise<Result>,
  ): Promise<Result> {
    // There is no request to belong to; the saga's id takes the place of the request's.
    const context = createRequestContext({ requestId: id }, origin ?? undefined);
    const span = { name: `run ${name}`, kind: 'internal', attributes: { 'saga.id': id } } as const;
    return runInRequestContext(context, () => {
      labelRequest('saga', id);
      return inSpan(span, work);
    });
  },
  span<Result>(name: string, attributes: Record<string, string>, work: () => Promise<Result>): Promise<Result> {
    return inSpan({ name, kind: 'internal', attributes }, work);
  },
};
