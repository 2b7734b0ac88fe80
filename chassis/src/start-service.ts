import { ConfigError } from './env.ts';
import { describeError } from './logger.ts';

/**
 * Runs a service's start. Where it fails, the process ends with exit code 1 and says why on standard error: the list of
 * problems for a configuration that does not fit, the error for anything else.
 */
export async function startService(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const reason = error instanceof ConfigError ? error.message : JSON.stringify(describeError(error));
    process.stderr.write(`${reason}\n`);
    process.exit(1);
  }
}
