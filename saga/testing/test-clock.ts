import type { SetTimer, Timer, Timers } from '../src/timers.ts';

/** The timers of one process of a test. */
export interface ProcessTimers extends Timers {
  /** The process is gone: none of its timers goes off any more. */
  drop(): void;
}

interface Waiting {
  readonly at: number;
  readonly run: () => void;
  readonly isPoll: boolean;
}

export type TestClock = ReturnType<typeof createTestClock>;

/**
 * A clock that stands still until the test moves it.
 *
 * @param startAt milliseconds since the epoch
 * @param noteActivity called when a timer is set
 */
export function createTestClock(startAt: number, noteActivity: () => void) {
  const waiting = new Set<Waiting>();
  let now = startAt;

  function timersOfProcess(): ProcessTimers {
    const own = new Set<Waiting>();
    const setTimer =
      (isPoll: boolean): SetTimer =>
      (ms, run) => {
        const entry = { at: now + ms, run, isPoll };
        waiting.add(entry);
        own.add(entry);
        noteActivity();
        const timer: Timer = { cancel: () => void waiting.delete(entry), unref: () => timer };
        return timer;
      };
    return {
      after: setTimer(false),
      poll: setTimer(true),
      monotonic: () => now,
      drop() {
        for (const entry of own) waiting.delete(entry);
      },
    };
  }

  /** Calls what is due, the earliest first, and then every poll once. */
  function moveTo(time: number): void {
    now = time;
    const due = [...waiting].filter(({ at, isPoll }) => isPoll || at <= now);
    due.sort((one, other) => Number(one.isPoll) - Number(other.isPoll) || one.at - other.at);
    for (const entry of due) if (waiting.delete(entry)) entry.run();
  }

  return {
    now: () => now,
    timersOfProcess,
    moveTo,
    /** When the next timer goes off that is no poll; infinite where none is set. */
    nextTimerAt: (): number => Math.min(...[...waiting].map(({ at, isPoll }) => (isPoll ? Infinity : at))),
  };
}
