import { defineSaga, defineStep, type StepCall } from '../../src/index.ts';

export interface Hall {
  /** @throws Refusal `full` */
  reserve(key: string, guest: string, signal: AbortSignal): Promise<{ seat: number }>;
  release(key: string, signal: AbortSignal): Promise<void>;
}

const BATCH = 25;

/** Declares a party, which has a seat for each of its guests or for none, and the batches that it consists of. */
export function defineParty(hall: Hall) {
  const seat = defineStep('seat', {
    run: ({ id, key, input, signal }: StepCall<{ guest: string }>) => hall.reserve(`${id}/${key}`, input.guest, signal),
    undo: ({ id, key, signal }) => hall.release(`${id}/${key}`, signal),
  });

  const batch = defineSaga('batch', {
    steps: [seat],
    async run(saga, { guests }: { guests: string[] }) {
      const seats = await Promise.all(guests.map((guest) => saga.step(seat, { guest }, { key: guest })));
      return seats.length;
    },
  });

  const party = defineSaga('party', {
    steps: [],
    async run(saga, { guests }: { guests: string[] }) {
      const batches = Array.from({ length: Math.ceil(guests.length / BATCH) }, (_, index) =>
        saga.child(batch, { guests: guests.slice(index * BATCH, (index + 1) * BATCH) }, { key: String(index) }),
      );
      const counts = await Promise.all(batches);
      return { seated: counts.reduce((sum, count) => sum + count, 0) };
    },
  });

  return { party, batch };
}
