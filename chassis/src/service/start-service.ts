import { setFlagsFromString } from 'node:v8';
import { StoreFileUnusable, StoreLocked, StoreUnavailable } from 'durable-store';
import { describeError } from '../telemetry/redaction.ts';
import { ConfigError } from './env.ts';

/**
 * Runs a service's start. Where it fails, the process ends with exit code 1 and says why on standard error: the list of
 * problems for a configuration that does not fit, the error for anything else.
 */
export async function startService(start: () => Promise<void>): Promise<void> {
  // V8 would put the listeners of each of got's requests into the old space, from where they hold the whole request, and
  // what that refers to, until the next collection of all: four times the work for the garbage of a call.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // Warnings and the like go there: that nobody reads them must not end the process.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(1);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof StoreLocked || error instanceof StoreFileUnusable)
    return new ConfigError([`DATABASE_URL: ${error.message}`]).message;
  if (error instanceof StoreUnavailable) return new ConfigError([`DATABASE_URL: ${sayWhy(error)}`]).message;
  return JSON.stringify(describeError(error));
}

/** PostgreSQL's code for it, or the system's; its sentence may hold the user's name and the host's. */
function sayWhy({ message, cause }: StoreUnavailable): string {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `${message} (${code})` : message;
}
