import type { Store } from './store.ts';

const SYNC_EVERY_MS = 60_000;

/** @returns milliseconds since the epoch, never less than before by more than a database's clock was set back */
export type SteadyClock = () => number;

/**
 * A clock that no change of this machine's time moves: it reads the store's at the start and goes on from there with the
 * process's monotonic one. Where processes share a store, the database's clock counts, and is read again every minute.
 *
 * @param written the latest time that the store holds: where one process has the store, the clock begins no earlier, so
 * that a machine's clock that was set back in between sets nothing back
 * @throws StoreUnavailable
 */
export async function openSteadyClock(
  store: Pick<Store<unknown>, 'shared' | 'clock'>,
  written = 0,
): Promise<SteadyClock> {
  let offset = 0;
  let syncedAt = 0;

  async function sync(): Promise<void> {
    const asked = performance.now();
    syncedAt = asked;
    const time = store.shared ? await store.clock() : Math.max(await store.clock(), written);
    offset = time - (asked + performance.now()) / 2;
  }

  await sync();
  return () => {
    // Nobody waits for it, and where the database is away it is asked again a minute later.
    if (store.shared && performance.now() - syncedAt > SYNC_EVERY_MS) sync().catch(() => {});
    return Math.round(performance.now() + offset);
  };
}
