import { envField, readEnv } from '@appointments/chassis';
import { z } from 'zod';
import { gatewayFields, withGatewayRules } from './gateway-settings.ts';

// Within less no call can ever end well.
const LEAST_ACTION_MS = 200;
const LONGEST_ACTION_MS = 86_400_000;

/**
 * The one reader of the environment in this service.
 *
 * @throws ConfigError with every problem at once
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  return readEnv(
    withGatewayRules(
      z.object({
        HOST: envField.host,
        PORT: envField.port(8082),
        KEEP_ALIVE_MS: envField.keepAlive,
        CONNECTION_LIFETIME_MS: envField.connectionLifetime,
        LOG_LEVEL: envField.logLevel,
        LOG_FORMAT: envField.logFormat,
        DATABASE_URL: envField.databaseUrl('sqlite:./data/payment.db'),
        DATABASE_POOL_SIZE: envField.databasePoolSize,
        SERVICE_TOKEN: envField.secretTokens.optional(),
        PAYMENT_TOKEN: envField.secretTokens.optional(),
        OTEL_EXPORTER_OTLP_ENDPOINT: envField.httpUrl.optional(),
        ...gatewayFields,
        PAYMENT_GATEWAY_WEBHOOK_SECRET: envField.webhookSecret.optional(),
        PAYMENT_GATEWAY_WEBHOOK_SECRET_NEXT: envField.webhookSecret.optional(),
        PAYMENT_ACTION_TIMEOUT_MS: envField.milliseconds(900_000, LEAST_ACTION_MS, LONGEST_ACTION_MS),
        PAYMENT_NOTICE_URL: envField.httpUrl.optional(),
        PUBLIC_URL: envField.httpUrl.optional(),
      }),
    ),
    env,
  );
}

export type Config = ReturnType<typeof readConfig>;
