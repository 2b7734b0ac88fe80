import { existsSync, globSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@appointments/chassis/testing';

/** @throws where there is none, with what to do */
function findFaketime(): string {
  const [found] = globSync('/usr/{lib,lib64,lib/*}/faketime/libfaketimeMT.so.1');
  if (found) return found;
  throw new Error('This test needs libfaketime, and there is none: install it (Debian: apt-get install faketime).');
}

/** Removes what libfaketime leaves of processes that were killed. */
function sweepSharedMemory(): void {
  for (const file of globSync('/dev/shm/{faketime_shm,sem.faketime_sem}_*')) {
    if (!existsSync(`/proc/${file.split('_').at(-1)}`)) rmSync(file, { force: true });
  }
}

/**
 * The wall clock of processes: `env` is what they are started with, `moveTo` moves it at once. As where a machine's clock is
 * set, the monotonic clock stays.
 *
 * @param offMs how far it is off at first
 */
export function createClock(offMs = 0) {
  const library = findFaketime();
  const folder = temporaryFolder();
  const file = join(folder.path, 'clock');
  const moveTo = (ms: number) => {
    // In one step, for each process reads it whenever it asks for the time.
    writeFileSync(`${file}.next`, `${ms < 0 ? '' : '+'}${ms / 1_000}`);
    renameSync(`${file}.next`, file);
  };
  moveTo(offMs);
  return {
    moveTo,
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    [Symbol.dispose](): void {
      folder[Symbol.dispose]();
      sweepSharedMemory();
    },
  };
}

export type Clock = ReturnType<typeof createClock>;
