import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@appointments/chassis/testing';

/** Names the file that says how far a process's wall clock is off. */
export const CLOCK_VARIABLE = 'CLOCK_FILE';

const PRELOAD = fileURLToPath(new URL('moved-clock.ts', import.meta.url));

/** The wall clock of processes: `env` and `nodeArguments` are what they are started with, `moveTo` moves it. */
export function createClock(offMs = 0) {
  const folder = temporaryFolder();
  const file = join(folder.path, 'clock');
  const moveTo = (ms: number) => writeFileSync(file, String(ms));
  moveTo(offMs);
  return {
    moveTo,
    env: { [CLOCK_VARIABLE]: file },
    nodeArguments: ['--import', PRELOAD],
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

export type Clock = ReturnType<typeof createClock>;
