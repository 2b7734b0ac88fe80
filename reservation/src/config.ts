import { fileURLToPath } from 'node:url';
import { envField, readEnv } from '@appointments/chassis';
import { z } from 'zod';

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
      LOG_LEVEL: envField.logLevel,
      LOG_FORMAT: envField.logFormat,
      DATABASE_URL: envField.databaseUrl('sqlite:./data/reservation.db'),
      SERVICE_TOKEN: envField.secretToken.optional(),
      DOCTORS_FILE: z.string().default(shippedCatalogue),
    }),
    env,
  );
}
