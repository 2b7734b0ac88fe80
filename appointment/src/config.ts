import { envField, readEnv } from '@appointments/chassis';
import { z } from 'zod';
import { peerUrlFields } from './peers.ts';

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
      SERVICE_TOKEN: envField.secretToken.optional(),
      OTEL_EXPORTER_OTLP_ENDPOINT: envField.httpUrl.optional(),
      OPERATOR_TOKEN: envField.secretToken.optional(),
      BOOKING_DEADLINE_MS: envField.milliseconds(5_000, LEAST_DEADLINE_MS),
      STEP_TIMEOUT_MS: envField.milliseconds(2_000, LEAST_CALL_MS),
      MAX_IN_FLIGHT: envField.count(256),
      PAYMENT_ACTION_TIMEOUT_MS: envField.milliseconds(900_000, LEAST_DEADLINE_MS, LONGEST_ACTION_MS),
      STUCK_AFTER_MS: envField.milliseconds(30_000, LEAST_DEADLINE_MS),
    }),
    env,
  );
}
