import { type Kysely, sql } from 'kysely';
import { firstIdAt } from '../booking-filter.ts';
import { bookingOutcome } from '../booking-outcome.ts';
import { type AppointmentTables, isBookingId } from '../booking-store.ts';
import { toSagaStatus } from '../present-booking.ts';
import { type BookingOutcome, type BookingStatus, bookingStatus } from '../schema.ts';

/** How today's bookings fare. The day is UTC's. */
export interface Today {
  /** The midnight it began at. */
  since: number;
  counts: Record<BookingStatus, number>;
  /** What those came to that have an outcome. */
  outcomes: Record<BookingOutcome, number>;
  /** Bookings that have an outcome by the time they were begun, `COLUMN_MS` to a bin. */
  bins: Bin[];
  /** Milliseconds that the last confirmed bookings took, in ascending order. */
  latencies: number[];
  /** Of any day; at most `MAX_STUCK` are counted. */
  stuck: number;
}

export interface Bin extends Record<BookingOutcome, number> {
  at: number;
}

export const DAY_MS = 24 * 60 * 60_000;
// 35 minutes, one column of the chart.
export const COLUMN_MS = 2 ** 21;
// Seven hex digits of a UUIDv7: what an index can be grouped by without reading anything else.
const BIN_MS = 2 ** 20;
const BIN_DIGITS = 7;
export const MAX_STUCK = 100;
const CHUNK = 5_000;
// Of those whose status does not say what they came to the row is read as well.
const ROWS_CHUNK = 500;
const LATENCIES = 500;

type Tables = Kysely<AppointmentTables>;

/** Lets others have the event loop. */
export const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Counts in pieces of a millisecond or so, with a turn of the event loop after each. */
async function countByBin(tables: Tables, status: BookingStatus, since: number): Promise<Map<number, number>> {
  const bins = new Map<number, number>();
  let last = firstIdAt(since);
  for (let counted = CHUNK; counted === CHUNK; ) {
    const { rows } = await sql<{ bin: string; count: number; last: string }>`
      select substr(id, 1, 7) as bin, count(*) as count, max(id) as last from
      (select id from sagas where status = ${toSagaStatus(status)} and id > ${last} and ${isBookingId}
        order by id limit ${CHUNK}) as chunk
      group by substr(id, 1, 7)`.execute(tables);
    counted = rows.reduce((sum, { count }) => sum + count, 0);
    for (const row of rows) {
      const at = columnOf(row.bin);
      bins.set(at, (bins.get(at) ?? 0) + row.count);
      if (row.last > last) last = row.last;
    }
    await nextTurn();
  }
  return bins;
}

function columnOf(id: string): number {
  const began = Number.parseInt(id.slice(0, BIN_DIGITS), 16) * BIN_MS;
  return began - (began % COLUMN_MS);
}

/** Tells what each came to. */
async function readOutcomes(
  tables: Tables,
  status: BookingStatus,
  since: number,
  tell: (at: number, outcome: BookingOutcome) => void,
): Promise<void> {
  let last = firstIdAt(since);
  for (let read = ROWS_CHUNK; read === ROWS_CHUNK; ) {
    const rows = await tables
      .selectFrom('sagas')
      .select(['id', 'goal', 'failure'])
      .where('status', '=', toSagaStatus(status))
      .where('id', '>', last)
      .where(isBookingId)
      .orderBy('id')
      .limit(ROWS_CHUNK)
      .execute();
    for (const { id, goal, failure } of rows) {
      last = id;
      const outcome = bookingOutcome({ status, goal, failure: JSON.parse(failure ?? 'null') });
      if (outcome !== null) tell(columnOf(id), outcome);
    }
    read = rows.length;
    await nextTurn();
  }
}

async function latestLatencies(tables: Tables): Promise<number[]> {
  const { rows } = await sql<{ ms: number }>`
    select updated_at - created_at as ms from sagas where status = 'completed' and ${isBookingId}
    order by id desc limit ${LATENCIES}`.execute(tables);
  return rows.map(({ ms }) => ms).sort((left, right) => left - right);
}

async function countStuck(tables: Tables): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (select 1 from sagas where status = 'stuck' and ${isBookingId}
    limit ${MAX_STUCK}) as found`.execute(tables);
  return rows[0]?.count ?? 0;
}

const OPEN: ReadonlySet<BookingStatus> = new Set(['pending', 'requires_action']);

/** @param now milliseconds since the epoch */
export async function readToday(tables: Tables, now: number): Promise<Today> {
  const since = now - (now % DAY_MS);
  const counts = {} as Today['counts'];
  const outcomes = { confirmed: 0, refused: 0, lost: 0 };
  const bins = new Map<number, Bin>();
  function tell(at: number, outcome: BookingOutcome, count = 1): void {
    const bin = bins.get(at) ?? { at, confirmed: 0, refused: 0, lost: 0 };
    bin[outcome] += count;
    outcomes[outcome] += count;
    bins.set(at, bin);
  }
  for (const status of bookingStatus.options) {
    counts[status] = 0;
    for (const [at, count] of await countByBin(tables, status, since)) {
      counts[status] += count;
      if (status === 'confirmed') tell(at, 'confirmed', count);
    }
    if (status !== 'confirmed' && !OPEN.has(status)) await readOutcomes(tables, status, since, tell);
  }
  const latencies = await latestLatencies(tables);
  return { since, counts, outcomes, bins: [...bins.values()], latencies, stuck: await countStuck(tables) };
}
