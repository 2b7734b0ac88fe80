import { statSync } from 'node:fs';
import { ConfigError, type Logger } from '@appointments/chassis';
import { type Caller, readAccessFile } from './access-file.ts';

// A change holds within a second, and a file that is asked about more seldom than that costs nothing.
const CHECK_EVERY_MS = 1_000;

/** Who may do what, as the file has it now. */
export type AccessList = () => readonly Caller[];

/**
 * Opens the list in a file. It is read anew when the file has changed, whether written in place or replaced, as Kubernetes
 * does; one that does not parse leaves the last good one in force.
 *
 * @param steadyNow a clock that is never set, in milliseconds
 * @throws ConfigError where it does not fit to begin with
 */
export function openAccessList(file: string, logger: Logger, steadyNow = () => performance.now()): AccessList {
  let version = versionOf(file);
  let callers = readAccessFile(file);
  let checkedAt = steadyNow();

  function readAnew(): void {
    try {
      callers = readAccessFile(file);
      logger.info('ACCESS_FILE was read anew', { callers: callers.length });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      logger.error('ACCESS_FILE does not parse; the last good one stays in force', { problems: error.problems });
    }
  }

  return () => {
    if (steadyNow() - checkedAt < CHECK_EVERY_MS) return callers;
    checkedAt = steadyNow();
    const found = versionOf(file);
    if (found !== version) {
      // Taken before the file is read: a change in between is seen at the next check.
      version = found;
      readAnew();
    }
    return callers;
  };
}

function versionOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs].join();
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
