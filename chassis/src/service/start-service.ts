import { StoreLocked } from 'durable-store';
import { describeError } from '../telemetry/logger.ts';
import { ConfigError } from './env.ts';

/**
 * Runs a service's start. Where it fails, the process ends with exit code 1 and says why on standard error: the list of
 * problems for a configuration that does not fit, the error for anything else.
 */
export async function startService(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(1);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof StoreLocked) return new ConfigError([`DATABASE_URL: ${error.message}`]).message;
  return JSON.stringify(describeError(error));
}
