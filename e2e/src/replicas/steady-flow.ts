import { waitUntil } from '@appointments/chassis/testing';
import type { ServiceName } from '../../../services.ts';
import { book } from '../faults/booking-client.ts';
import { bookingFor } from '../faults/sample-bookings.ts';
import type { ReplicaStack } from './replica-stack.ts';

const CLIENTS = 4;
// Through a half that is back, before the other one is replaced.
const BOOKINGS = 15;
const PATIENCE_MS = 60_000;

type Half = 0 | 1;

/** The bookings through one half. */
interface Flow {
  underWay: number;
  booked: number;
}

/**
 * Clients who book through both halves of a stack of two orchestrators: an orchestrator and the backends that it calls. Like a
 * balancer, they send nothing to a half whose processes are being replaced.
 *
 * @param tokenOf the token that they send by then; none where it is left out
 */
export function createSteadyFlow(stack: ReplicaStack, tokenOf: () => string = () => '') {
  const halves: [Flow, Flow] = [
    { underWay: 0, booked: 0 },
    { underWay: 0, booked: 0 },
  ];
  let served: readonly Half[] = [0, 1];
  let begun = 0;
  const failures: string[] = [];
  const stop = new AbortController();

  async function bookOnce(half: Half): Promise<void> {
    const number = begun++;
    halves[half].underWay += 1;
    const reply = await book(stack.orchestrators[half].url, bookingFor(number), { token: tokenOf() });
    halves[half].underWay -= 1;
    halves[half].booked += 1;
    if (reply?.status !== 200) failures.push(`${number}: ${reply?.status} ${reply?.text}`);
  }

  async function runClient(): Promise<void> {
    while (!stop.signal.aborted) await bookOnce(served[begun % served.length] as Half);
  }

  async function goesOn(half: Half): Promise<void> {
    const enough = halves[half].booked + BOOKINGS;
    await waitUntil('bookings go on', () => halves[half].booked >= enough, PATIENCE_MS);
  }

  const replicasOf = (name: ServiceName) => (name === 'appointment' ? stack.orchestrators : stack.backends[name]);

  const clients = Promise.all(Array.from({ length: CLIENTS }, runClient));

  return {
    /** Gives these services, one half after the other, other settings, while bookings go on through what is left. */
    async replace<Name extends ServiceName>(
      names: readonly Name[],
      envOf: (name: Name) => NodeJS.ProcessEnv,
    ): Promise<void> {
      for (const half of [0, 1] as const) {
        served = half === 0 ? [1] : [0];
        await waitUntil('nothing is under way there', () => halves[half].underWay === 0, PATIENCE_MS);
        const restart = async (name: Name) => {
          await replicasOf(name)[half].stop();
          await replicasOf(name)[half].start({ env: { ...stack.env, ...envOf(name) } });
        };
        await Promise.all(names.map(restart));
        served = [0, 1];
        await goesOn(half);
      }
    },
    /** Waits until bookings that began later have ended, in both halves. */
    async goesOn(): Promise<void> {
      await Promise.all([goesOn(0), goesOn(1)]);
    },
    /** Lets all end; returns the bookings that were not confirmed. */
    async end(): Promise<string[]> {
      stop.abort();
      await clients;
      return failures;
    },
  };
}
