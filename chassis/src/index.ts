export {
  amountField,
  dayField,
  digitsField,
  formatAmount,
  pageQuery,
  parseAmount,
  referenceParam,
  textField,
} from './http/fields.ts';
export { jsonBody } from './http/middleware/json-body.ts';
export { holdsBearerToken } from './http/middleware/service-token.ts';
export { type InputState, parseInput, validate } from './http/middleware/validate.ts';
export { type ApiDocument, createApiDocument } from './http/openapi/api-document.ts';
export { idempotencyKeyHeader, replyHeader } from './http/openapi/headers.ts';
export { bodyProblems, idempotencyProblems, invalidInput, unauthorized } from './http/openapi/problems.ts';
export type { RouteDescription } from './http/openapi/route-description.ts';
export { Problem, problemOf } from './http/problem.ts';
export { readReference } from './http/read-reference.ts';
export { jsonReply, type Reply, refusalReply, sendReply } from './http/reply.ts';
export { type IdempotencyState, idempotencyKey } from './idempotency/idempotency-key.ts';
export type { IdempotentRequest } from './idempotency/idempotent-request.ts';
export { type KeyClock, openKeyClock } from './idempotency/key-clock.ts';
export { type IdempotencyTables, idempotencyKeysMigration } from './idempotency/key-table.ts';
export { createIdempotencyKeys, type IdempotencyKeys, idempotencyKeyReused } from './idempotency/keys.ts';
export { pruneKeys, startPruning } from './idempotency/pruning.ts';
export { createPeerClient, type PeerCall, type PeerClient, type PeerReply } from './peer/peer-client.ts';
export { type PeerFailure, PeerUnavailable } from './peer/peer-unavailable.ts';
export { createApp } from './service/create-app.ts';
export { ConfigError, envField, listenOptions, readEnv } from './service/env.ts';
export { type Listening, listen, serve } from './service/serve.ts';
export { startService } from './service/start-service.ts';
export { openSteadyClock, type SteadyClock } from './service/steady-clock.ts';
export { createLogger, type Logger } from './telemetry/logger.ts';
export { Counter, createMetrics, DURATION_BUCKETS, Gauge, Histogram, type Registry } from './telemetry/metrics.ts';
export {
  createRequestContext,
  labelRequest,
  requestContext,
  runInRequestContext,
} from './telemetry/request-context.ts';
export { sagaTracer } from './telemetry/saga-tracer.ts';
export type { SpanIds } from './telemetry/span.ts';
export { type GaugeValue, storeGauge } from './telemetry/store-gauge.ts';
export { inSpan, startTracing } from './telemetry/tracing.ts';
