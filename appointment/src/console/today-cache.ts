import { nextTurn, type Today } from './today.ts';

const FRESH_MS = 2_000;
// Nobody has looked for so long that it is worth waiting for a new count.
const OLD_MS = 30_000;
// Of all the time there is, at most this share goes into counting.
const SHARE = 1 / 20;

/** Keeps what was counted for as long as counting it again would cost too much; `get` waits only where nothing recent is known. */
export function createTodayCache(read: () => Promise<Today>, now: () => number) {
  let latest: Today | undefined;
  let freshUntil = 0;
  let counting: Promise<Today> | undefined;

  async function count(): Promise<Today> {
    const began = performance.now();
    try {
      latest = await read();
      return latest;
    } finally {
      counting = undefined;
      freshUntil = now() + Math.max(FRESH_MS, (performance.now() - began) / SHARE);
    }
  }

  return async function get(): Promise<Today> {
    if (latest && now() < freshUntil) return latest;
    counting ??= count();
    if (!latest || now() >= freshUntil + OLD_MS) return counting;
    counting.catch(() => {});
    // A count that is quick is worth waiting for; one that is not is there the next time.
    await Promise.race([counting, nextTurn().then(nextTurn)]).catch(() => {});
    return latest;
  };
}
