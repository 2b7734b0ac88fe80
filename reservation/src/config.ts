import { fileURLToPath } from 'node:url';
import { ConfigError, envField, readEnv } from '@appointments/chassis';
import { z } from 'zod';
import { type Catalogue, readCatalogue } from './catalogue.ts';

const shippedCatalogue = fileURLToPath(new URL('../doctors.json', import.meta.url));

/**
 * The one reader of the environment in this service.
 *
 * @throws ConfigError with every problem at once
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  return readEnv(
    z.object({
      HOST: envField.host,
      PORT: envField.port(8081),
      KEEP_ALIVE_MS: envField.keepAlive,
      CONNECTION_LIFETIME_MS: envField.connectionLifetime,
      LOG_LEVEL: envField.logLevel,
      LOG_FORMAT: envField.logFormat,
      DATABASE_URL: envField.databaseUrl('sqlite:./data/reservation.db'),
      DATABASE_POOL_SIZE: envField.databasePoolSize,
      SERVICE_TOKEN: envField.secretTokens.optional(),
      RESERVATION_TOKEN: envField.secretTokens.optional(),
      OTEL_EXPORTER_OTLP_ENDPOINT: envField.httpUrl.optional(),
      DOCTORS_FILE: z.string().default(shippedCatalogue).transform(toCatalogue),
    }),
    env,
  );
}

// Read here and not later, so that its problems are listed together with those of the other variables.
function toCatalogue(file: string, context: z.RefinementCtx): Catalogue {
  try {
    return readCatalogue(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const message of error.problems) context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
}
