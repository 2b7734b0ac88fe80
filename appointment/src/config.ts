import { ConfigError, envField, readEnv } from '@appointments/chassis';
import { z } from 'zod';
import { readAccessFile } from './access/access-file.ts';
import { peerTokenFields, peerUrlFields } from './peers.ts';
import { readWebhookEndpoints, type WebhookEndpoint } from './webhooks/endpoints.ts';

// Within less no call and no booking can ever end well, and what is not known to have ended holds slots.
const LEAST_CALL_MS = 50;
const LEAST_DEADLINE_MS = 200;
const LONGEST_ACTION_MS = 86_400_000;

/**
 * The one reader of the environment in this service.
 *
 * @throws ConfigError with every problem at once
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  return readEnv(
    z.object({
      HOST: envField.host,
      PORT: envField.port(9090),
      KEEP_ALIVE_MS: envField.keepAlive,
      CONNECTION_LIFETIME_MS: envField.connectionLifetime,
      LOG_LEVEL: envField.logLevel,
      LOG_FORMAT: envField.logFormat,
      DATABASE_URL: envField.databaseUrl('sqlite:./data/appointment.db'),
      DATABASE_POOL_SIZE: envField.databasePoolSize,
      ...peerUrlFields,
      ...peerTokenFields,
      OTEL_EXPORTER_OTLP_ENDPOINT: envField.httpUrl.optional(),
      OPERATOR_TOKEN: envField.secretToken.optional(),
      ACCESS_FILE: z.string().superRefine(isAccessFile).optional(),
      BOOKING_DEADLINE_MS: envField.milliseconds(5_000, LEAST_DEADLINE_MS),
      STEP_TIMEOUT_MS: envField.milliseconds(2_000, LEAST_CALL_MS),
      MAX_IN_FLIGHT: envField.count(256),
      PAYMENT_ACTION_TIMEOUT_MS: envField.milliseconds(900_000, LEAST_DEADLINE_MS, LONGEST_ACTION_MS),
      WEBHOOKS_FILE: webhooksFile(env.WEBHOOK_ALLOW_PRIVATE === 'true'),
      WEBHOOK_ALLOW_PRIVATE: z.enum(['true', 'false'], 'must be true or false').default('false'),
      TRACE_URL: z.string().refine(isTraceUrl, TRACE_URL_RULE).optional(),
      STUCK_AFTER_MS: envField.milliseconds(30_000, LEAST_DEADLINE_MS),
    }),
    env,
  );
}

const TRACE_URL_RULE = 'must be an http(s) URL that holds {traceId}, not in its host, and neither user nor password';

function isTraceUrl(template: string): boolean {
  const url = URL.parse(template);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return false;
  const afterHost = /^https?:\/\/[^/?#]*(.*)$/i.exec(template)?.[1] ?? '';
  return afterHost.includes('{traceId}') && !/[\s"<>]/.test(template) && !url.host.includes('traceid');
}

// Files are read here and not only later, so that their problems are listed together with those of the other variables.
const webhooksFile = (allowPrivate: boolean) =>
  z
    .string()
    .optional()
    .transform((file, context): WebhookEndpoint[] => {
      if (file === undefined) return [];
      return listingProblems(() => readWebhookEndpoints(file, allowPrivate), context) ?? z.NEVER;
    });

function isAccessFile(file: string, context: z.RefinementCtx): void {
  listingProblems(() => readAccessFile(file), context);
}

function listingProblems<Content>(read: () => Content, context: z.RefinementCtx): Content | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const message of error.problems) context.addIssue({ code: 'custom', message });
    return undefined;
  }
}
