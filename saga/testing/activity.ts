// The engine goes on within a turn or two of the event loop; what takes longer is an attempt, or needs time to go by.
const QUIET_TURNS = 20;

/** Notices when nothing happens any more. */
export class Activity {
  #count = 0;

  readonly note = (): void => {
    this.#count += 1;
  };

  /** Resolves when nothing was noted for some turns of the event loop. */
  async untilQuiet(): Promise<void> {
    for (let quiet = 0, seen = this.#count; quiet < QUIET_TURNS; quiet += 1) {
      await new Promise((next) => setImmediate(next));
      if (seen !== this.#count) quiet = 0;
      seen = this.#count;
    }
  }
}
