import { type IdempotencyKeys, MOST_REFERENCES } from '@appointments/chassis';
import { defineSaga, defineStep, type StepCall } from 'durable-saga';
import type { AppointmentDatabase } from '../booking-store.ts';
import { SCRUB_TIMEOUT_MS } from '../clients/call-erase.ts';
import { type Clients, KEEPERS, type Keeper, keepersOf, mapKeepers } from '../peers.ts';
import { eraseBooking } from './erase-booking.ts';
import {
  areNamesMissing,
  collectEndedBookings,
  collectOthers,
  countBookingsNamed,
  forgetErasure,
  getErasureName,
  listErasureReferences,
} from './erasure-store.ts';

/** The name of erasures in the saga log. */
export const ERASURE_SAGA = 'erase-patient';

/** What an erasure is begun with. The name is not among it: the log is kept, and the name only until the erasure has ended. */
export type ErasureInput = { by: string; reason: string };

/** How many records were found and erased in each store, and how many bookings still have the name. */
export type Erased = Record<'appointment' | Keeper | 'remaining', number>;

/** Nothing, in any store. */
export const NONE_ERASED: Omit<Erased, 'remaining'> = { appointment: 0, ...mapKeepers(() => 0) };

export interface ErasePatientDependencies extends Clients {
  database: AppointmentDatabase;
  keys: Pick<IdempotencyKeys, 'erase'>;
}

export type ErasePatient = ReturnType<typeof createErasePatient>;

// Of the reservation service, in one step.
const PAGES_AT_ONCE = 20;

/** The references after this one. */
type Batch = { after: string };

/** The steps that collect what is to be erased. */
function defineCollecting({ database, reservations }: ErasePatientDependencies) {
  const collectHere = defineStep('collect here', {
    async run({ id }: StepCall<null>) {
      // They are being filled in, beside the traffic.
      if (await areNamesMissing(database.read)) throw new Error('earlier bookings cannot be found by name yet');
      const name = await getErasureName(database.read, id);
      await database.transaction((tables) => collectEndedBookings(tables, id, name), { repeatable: true });
      return null;
    },
  });

  const collectAtReservation = defineStep('collect at reservation', {
    async run({ id, input, signal }: StepCall<{ cursor: number }>) {
      const name = await getErasureName(database.read, id);
      let cursor: number | null = input.cursor;
      for (let page = 0; page < PAGES_AT_ONCE && cursor !== null; page += 1) {
        const { references, nextCursor } = await reservations.findPatient(name, cursor, signal);
        await database.transaction((tables) => collectOthers(tables, id, references), { repeatable: true });
        cursor = nextCursor;
      }
      return { cursor };
    },
  });

  return { collectHere, collectAtReservation };
}

/** The steps that erase what was collected, a batch at a time. */
function defineErasing({ database, keys, ...clients }: ErasePatientDependencies) {
  const keepers = keepersOf(clients);

  async function batchOf({ id, input }: Pick<StepCall<Batch>, 'id' | 'input'>) {
    const found = await listErasureReferences(database.read, id, input.after, MOST_REFERENCES + 1);
    return { references: found.slice(0, MOST_REFERENCES), last: found.length <= MOST_REFERENCES };
  }

  const eraseAt = mapKeepers((keeper) =>
    defineStep(`erase at ${keeper}`, {
      timeoutMs: SCRUB_TIMEOUT_MS,
      run: async (call: StepCall<Batch>) => keepers[keeper].erase(await batchOf(call), call.signal),
    }),
  );
  const eraseHere = defineStep('erase here', {
    async run(call: StepCall<Batch>) {
      const { references, last } = await batchOf(call);
      let erased = 0;
      for (const reference of references) {
        const found = await database.transaction((tables) => eraseBooking(tables, keys, reference), {
          repeatable: true,
        });
        if (found) erased += 1;
      }
      return { erased, next: last ? null : (references.at(-1) ?? null) };
    },
  });

  return { eraseAt, eraseHere };
}

/**
 * Erases a patient's name from all stores: it collects the references of ended bookings, and of appointments that were made
 * without the orchestrator, then erases them, its own store last. Each step may be run again, and none is given up.
 */
export function createErasePatient(dependencies: ErasePatientDependencies) {
  const { database } = dependencies;
  const { collectHere, collectAtReservation } = defineCollecting(dependencies);
  const { eraseAt, eraseHere } = defineErasing(dependencies);

  const accept = defineStep('accept', {
    // From here on it goes forward only, until it is done.
    pivot: true,
    run: async (_: StepCall<null>) => null,
  });

  const countRemaining = defineStep('count remaining', {
    run: async ({ id }: StepCall<null>) => countBookingsNamed(database.read, await getErasureName(database.read, id)),
  });
  const forget = defineStep('forget the name', {
    timeoutMs: SCRUB_TIMEOUT_MS,
    async run({ id }: StepCall<null>) {
      await database.transaction((tables) => forgetErasure(tables, id), { repeatable: true });
      await database.scrub();
      return null;
    },
  });

  return defineSaga(ERASURE_SAGA, {
    steps: [accept, collectHere, collectAtReservation, ...Object.values(eraseAt), eraseHere, countRemaining, forget],
    async run(saga, _: ErasureInput): Promise<Erased> {
      await saga.step(accept, null);
      await saga.step(collectHere, null);
      for (let cursor: number | null = 0; cursor !== null; ) {
        ({ cursor } = await saga.step(collectAtReservation, { cursor }, { key: String(cursor) }));
      }
      const erased = { ...NONE_ERASED };
      for (let after: string | null = ''; after !== null; ) {
        const batch: [Batch, { key: string }] = [{ after }, { key: after }];
        for (const keeper of KEEPERS) erased[keeper] += await saga.step(eraseAt[keeper], ...batch);
        const here: { erased: number; next: string | null } = await saga.step(eraseHere, ...batch);
        erased.appointment += here.erased;
        after = here.next;
      }
      const remaining = await saga.step(countRemaining, null);
      await saga.step(forget, null);
      return { ...erased, remaining };
    },
  });
}
