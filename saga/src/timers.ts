/** A timer that was set. */
export interface Timer {
  cancel(): void;
  /** Lets the process end although the timer is set. */
  unref(): Timer;
}

export type SetTimer = (ms: number, run: () => void) => Timer;

/** The timers of a process; Node's own, unless a test moves the time. */
export interface Timers {
  /** Calls `run` once, after a time. */
  after: SetTimer;
  /**
   * Calls `run` once, after a time, to look whether something has come. A clock that a test moves may call it as soon as
   * it moves, and then once for however many looks there would have been.
   */
  poll: SetTimer;
  /** Milliseconds of a clock that is never set. */
  monotonic(): number;
}

const after: SetTimer = (ms, run) => {
  const timeout = setTimeout(run, ms);
  const timer: Timer = {
    cancel: () => clearTimeout(timeout),
    unref() {
      timeout.unref();
      return timer;
    },
  };
  return timer;
};

/** Node's own timers. */
export const nodeTimers: Timers = { after, poll: after, monotonic: () => performance.now() };
