import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { BookingFilter, IdRange } from './booking-filter.ts';
import { bookingOutcome, STATUSES_OF_OUTCOME } from './booking-outcome.ts';
import { type AppointmentTables, isBookingId } from './booking-store.ts';
import { toBookingStatus, toSagaStatus } from './present-booking.ts';
import type { BookingOutcome } from './schema.ts';
import { type Candidates, idsOf } from './search-candidates.ts';

type Tables = Kysely<AppointmentTables>;

// Those that are lost are few among those that are refused. Others have the event loop in between.
const MAX_LOOKS = 12;
const ONE_LOOK = 200;

/**
 * The bookings that came to this. The indexes know their statuses; which of those that failed were refused, only the rows know.
 *
 * @param enough how many are wanted
 */
export async function ofOutcome(
  tables: Tables,
  { outcome, status }: BookingFilter & { outcome: BookingOutcome },
  { least, below }: IdRange,
  enough: number,
): Promise<Candidates> {
  const statuses = STATUSES_OF_OUTCOME[outcome].filter((one) => status === undefined || one === status);
  const found: string[] = [];
  let endedAt = below;
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    if (look > 0) await nextTurn();
    const newest: string[] = [];
    // Each by its index: of several at once all rows would be sorted.
    for (const one of statuses) {
      const ids = tables.selectFrom('sagas').select('id').where('status', '=', toSagaStatus(one)).where(isBookingId);
      const inRange = ids.where('id', '>=', least).where('id', '<', endedAt);
      newest.push(...idsOf(await inRange.orderBy('id', 'desc').limit(ONE_LOOK).execute()));
    }
    const looked = newest.sort().reverse().slice(0, ONE_LOOK);
    found.push(...(await thatCameTo(tables, outcome, looked)));
    if (looked.length < ONE_LOOK) return { ids: found, endedAt: undefined };
    endedAt = looked.at(-1) as string;
    if (found.length >= enough) break;
  }
  return { ids: found, endedAt };
}

/** Of these bookings, those that came to this, the newest first. */
export async function thatCameTo(tables: Tables, outcome: BookingOutcome, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tables
    .selectFrom('sagas')
    .select(['id', 'status', 'goal', 'failure'])
    .where('id', 'in', ids)
    .orderBy('id', 'desc')
    .execute();
  return idsOf(
    rows.filter(({ status, goal, failure }) => {
      const state = { status: toBookingStatus(status), goal, failure: JSON.parse(failure ?? 'null') };
      return bookingOutcome(state) === outcome;
    }),
  );
}
