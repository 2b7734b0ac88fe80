export { clientAddress } from './http/client-address.ts';
export { defineProblem, type ProblemKind } from './http/define-problem.ts';
export { defineRoute, type Route, type RouteGuard } from './http/define-route.ts';
export {
  amountField,
  dayField,
  type ErasureOfReferences,
  erasedReply,
  erasureOfReferences,
  formatAmount,
  MOST_REFERENCES,
  pageQuery,
  parseAmount,
  referenceParam,
  referencesBody,
  textField,
} from './http/fields.ts';
export { type Content, type Html, html } from './http/html.ts';
export { type FormState, formBody } from './http/middleware/form-body.ts';
export { assertBearerToken, holdsBearerToken, type Tokens } from './http/middleware/service-token.ts';
export type { ApiDescription, ApiDocument } from './http/openapi/api-document.ts';
export { replyHeader } from './http/openapi/headers.ts';
export type { BodyExample, RouteDescription } from './http/openapi/route-description.ts';
export { withPaymentMeans } from './http/payment-means.ts';
export { Problem } from './http/problem.ts';
export { draining, invalidInput, problemOf, unauthorized } from './http/problem-kinds.ts';
export type { Rate } from './http/rate-limit/rate.ts';
export {
  rateLimited,
  rateLimitHeaders,
  rateLimitReplyHeaders,
  refusalOf,
} from './http/rate-limit/rate-limited.ts';
export { type Allowance, createRateLimiter, type RateLimiter } from './http/rate-limit/rate-limiter.ts';
export { rateLimitsMigration } from './http/rate-limit/rate-limits-migration.ts';
export { createShutOut } from './http/rate-limit/shut-out.ts';
export { jsonReply, type Reply, refusalReply } from './http/reply.ts';
export { fingerprintOf, type IdempotentRequest } from './idempotency/idempotent-request.ts';
export { type KeyClock, openKeyClock } from './idempotency/key-clock.ts';
export { ERASED_FINGERPRINT, type IdempotencyTables, idempotencyKeysMigration } from './idempotency/key-table.ts';
export { createIdempotencyKeys, type IdempotencyKeys } from './idempotency/keys.ts';
export { idempotencyKeyReused, requestInProgress } from './idempotency/problems.ts';
export { pruneKeys, startPruning } from './idempotency/pruning.ts';
export { createPeerClient, type PeerCall, type PeerClient, type PeerReply } from './peer/peer-client.ts';
export { type PeerFailure, PeerUnavailable } from './peer/peer-unavailable.ts';
export { waitOrAsk, waitsBetweenAsks } from './peer/wait-or-ask.ts';
export { createApp } from './service/create-app.ts';
export { ConfigError, envField, listenOptions, readEnv } from './service/env.ts';
export { type Listening, listen, serve } from './service/serve.ts';
export { startService } from './service/start-service.ts';
export { createLogger, type Logger } from './telemetry/logger.ts';
export { Counter, createMetrics, DURATION_BUCKETS, Gauge, Histogram, type Registry } from './telemetry/metrics.ts';
export { labelRequest } from './telemetry/request-context.ts';
export { sagaTracer } from './telemetry/saga-tracer.ts';
export type { SpanIds } from './telemetry/span.ts';
export { joinReads, storeGauge } from './telemetry/store-gauge.ts';
export { startTracing } from './telemetry/tracing.ts';
export { ERASED_NAME } from './text/erased-name.ts';
export { formerNameKey, nameKey } from './text/name-key.ts';
