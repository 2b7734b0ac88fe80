import { type Round, runLoad } from '../load/run-load.ts';
import { type Stack, startStack } from '../peers/stack.ts';
import { type Books, checkBooks, untilUnfinished } from '../stores/check-books.ts';
import type { PostgresStores } from '../stores/postgres-stores.ts';
import type { Bench } from './part.ts';

/** A running stack that never gets two requests for the same slot. */
export interface LoadedStack {
  stack: Stack;
  closedLoop(): Promise<Round>;
  openLoop(rate: number, seconds: number, warmUpSeconds: number): Promise<Round>;
  /** Stops the services once the bookings that the load left under way have ended, and checks their books. */
  closeBooks(): Promise<Books>;
}

// So many that a booking never waits for a connection, short of a collapse.
const OPEN_LOOP_CONNECTIONS = 256;
const LAST_BOOKINGS_MS = 15_000;

/**
 * Starts the product's services for a load.
 *
 * @param folder holds the stores
 * @param first the number of the first slot that is free in them
 * @param postgres the stores, where they are not files
 * @param pids of what else belongs to it
 */
export async function startLoadedStack(
  { options }: Bench,
  folder: string,
  { first = 0, postgres, pids = [] }: { first?: number; postgres?: PostgresStores; pids?: number[] } = {},
): Promise<LoadedStack> {
  const stack = await startStack({ product: options.product, folder, databaseUrlOf: postgres?.urlOf });
  const { seconds, warmUpSeconds, connections } = options;
  const doctorsFile = `${options.product}/reservation/doctors.json`;
  let next = first;
  const run = async (...[kind, order]: [Parameters<typeof runLoad>[0], { seconds: number; warmUpSeconds: number }]) => {
    const wish = { url: stack.bookingUrl, connections, slots: { doctorsFile, first: next }, ...order };
    const round = await runLoad(kind, wish, [...stack.pids, ...pids]);
    next += round.requested;
    return round;
  };
  return {
    stack,
    closedLoop: () => run('closed-loop', { seconds, warmUpSeconds }),
    openLoop(rate, forSeconds, warmUp) {
      const order = { rate, seconds: forSeconds, warmUpSeconds: warmUp, connections: OPEN_LOOP_CONNECTIONS };
      return run('open-loop', order);
    },
    async closeBooks() {
      await (postgres?.untilEnded(LAST_BOOKINGS_MS) ?? untilUnfinished(folder, 0, LAST_BOOKINGS_MS));
      await stack.stop();
      return postgres?.checkBooks() ?? checkBooks(folder);
    },
  };
}
