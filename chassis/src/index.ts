export { createApp } from './create-app.ts';
export { ConfigError, envField, readEnv } from './env.ts';
export {
  amountField,
  dayField,
  digitsField,
  formatAmount,
  pageQuery,
  parseAmount,
  referenceParam,
  textField,
} from './fields.ts';
export { createPeerClient, type PeerCall, type PeerClient, type PeerReply } from './http-client.ts';
export {
  createIdempotencyKeys,
  type IdempotencyKeys,
  type IdempotencyTables,
  type IdempotentRequest,
  idempotencyKeyReused,
  idempotencyKeysMigration,
  startPruning,
} from './idempotency.ts';
export { createLogger, type Logger } from './logger.ts';
export { Counter, createMetrics, DURATION_BUCKETS, Gauge, Histogram, type Registry } from './metrics.ts';
export { type IdempotencyState, idempotencyKey } from './middleware/idempotency-key.ts';
export { jsonBody } from './middleware/json-body.ts';
export { holdsBearerToken } from './middleware/service-token.ts';
export { type InputState, parseInput, validate } from './middleware/validate.ts';
export { type ApiDocument, createApiDocument } from './openapi/api-document.ts';
export { idempotencyKeyHeader, replyHeader } from './openapi/headers.ts';
export { bodyProblems, idempotencyProblems, invalidInput, unauthorized } from './openapi/problems.ts';
export type { RouteDescription } from './openapi/route-description.ts';
export { type PeerFailure, PeerUnavailable } from './peer-unavailable.ts';
export { Problem, problemOf } from './problem.ts';
export { readReference } from './read-reference.ts';
export { jsonReply, type Reply, refusalReply, sendReply } from './reply.ts';
export { createRequestContext, labelRequest, requestContext, runInRequestContext } from './request-context.ts';
export { sagaTracer } from './saga-tracer.ts';
export { type Listening, listen, serve } from './serve.ts';
export { startService } from './start-service.ts';
export { inSpan, type SpanIds, startTracing } from './tracing.ts';
