import type { Logger } from '@appointments/chassis';
import type { AppointmentDatabase } from '../booking-store.ts';
import { type Clients, KEEPERS, type Keeper, keepersOf } from '../peers.ts';
import {
  deleteRemovals,
  insertRemovals,
  listOldBookings,
  listRemovals,
  type Position,
  removeBooking,
} from './removal-store.ts';

export interface RemovalDependencies extends Clients {
  database: AppointmentDatabase;
  /** How long a booking is kept after its end, and a confirmed one after the day of its appointment, in milliseconds. */
  retentionMs: number;
  /** Milliseconds since the epoch, and never ahead of what is proven. */
  now: () => number;
  /** For how long an appointment is `expired` before anything of it goes: longer than an audit reads. An hour where it is left out. */
  graceMs?: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
// As many references as a service takes at once. Reading or removing them takes some milliseconds.
const BATCH = 100;
const SWEEP_EVERY_MS = 60_000;

// Payment is asked first, because it says what is kept, and reservation last: of what is `expired` there the audit asks no more.
const OTHER_KEEPERS: readonly Keeper[] = KEEPERS.filter((keeper) => keeper !== 'payment' && keeper !== 'reservation');

/**
 * Removes what is old from all stores, in small batches, so that the audit finds them in agreement at every moment. The
 * appointment of a confirmed booking is first marked as `expired`, which the audit no longer counts, and stays so for a while;
 * then go the booking, its payment, what others keep of it, and last the appointment. Every step may be done twice.
 *
 * @returns does all that is due
 */
export function createRemoveBookings(dependencies: RemovalDependencies) {
  const { database, reservations, payments, retentionMs, now, graceMs = HOUR_MS } = dependencies;
  const keepers = keepersOf(dependencies);
  const endedBefore = () => now() - retentionMs;

  async function markOld(signal: AbortSignal): Promise<void> {
    const before = endedBefore();
    let after: Position | undefined = { updated_at: 0, id: '' };
    while (after && !signal.aborted) {
      const rows = await listOldBookings(database.read, before, after, BATCH);
      const undone = rows.filter(({ status }) => status !== 'completed');
      const confirmed = rows.filter(({ status, date }) => status === 'completed' && endOfDay(date) < before);
      const expired = confirmed.map(({ id }) => id);
      if (expired.length > 0) await reservations.expire(expired, signal);
      await database.transaction(async (tables) => {
        await insertRemovals(tables, idsOf(undone), 0);
        await insertRemovals(tables, expired, now() + graceMs);
      });
      after = rows.length === BATCH ? rows.at(-1) : undefined;
    }
  }

  async function eachBatch(isGone: 0 | 1, signal: AbortSignal, work: (references: string[]) => Promise<void>) {
    let after = '';
    while (!signal.aborted) {
      const references = await listRemovals(database.read, isGone, now(), after, BATCH);
      if (references.length > 0) await work(references);
      if (references.length < BATCH) return;
      after = references.at(-1) ?? '';
    }
  }

  return async function removeOld(signal: AbortSignal): Promise<void> {
    await markOld(signal);
    await eachBatch(0, signal, async (references) => {
      for (const id of references) {
        // One by one: others need not wait for all of them.
        await database.transaction((tables) => removeBooking(tables, id, endedBefore()), { subject: id });
      }
    });
    await eachBatch(1, signal, async (references) => {
      // What still owes money stays, with all that belongs to it.
      const kept = new Set(await payments.remove(references, signal));
      const removed = references.filter((reference) => !kept.has(reference));
      if (removed.length > 0) {
        for (const keeper of OTHER_KEEPERS) await keepers[keeper].remove(removed, signal);
        await reservations.remove(removed, signal);
      }
      await database.transaction((tables) => deleteRemovals(tables, removed));
    });
  };
}

const idsOf = (rows: ReadonlyArray<{ id: string }>): string[] => rows.map(({ id }) => id);

/** @param date DD-MM-YYYY */
function endOfDay(date: string): number {
  const [day = 0, month = 0, year = 0] = date.split('-').map(Number);
  return Date.UTC(year, month - 1, day) + DAY_MS;
}

/**
 * Removes what is old now and every minute.
 *
 * @returns what stops it
 */
export function startRemoving(dependencies: RemovalDependencies, logger: Logger): () => Promise<void> {
  const removeOld = createRemoveBookings(dependencies);
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  const sweep = () => {
    round = removeOld(stop.signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) logger.warn('removing old bookings failed', { error });
      })
      .finally(() => {
        if (!stop.signal.aborted) timer = setTimeout(sweep, SWEEP_EVERY_MS).unref();
      });
  };
  sweep();
  return async () => {
    stop.abort();
    clearTimeout(timer);
    await round;
  };
}
