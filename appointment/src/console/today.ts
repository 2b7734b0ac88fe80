import { type Kysely, sql } from 'kysely';
import { firstIdAt } from '../booking-filter.ts';
import { type AppointmentTables, isBookingId } from '../booking-store.ts';
import { isRefused, toSagaStatus } from '../present-booking.ts';
import { type BookingStatus, bookingStatus } from '../schema.ts';

/** How today's bookings fare. The day is UTC's. */
export interface Today {
  /** The midnight it began at. */
  since: number;
  counts: Record<BookingStatus, number>;
  /** Those that failed for what was asked for, and those that failed for a fault, be they undone yet or not. */
  refused: number;
  lost: number;
  /** Bookings that have an outcome by the time they were begun, `COLUMN_MS` to a bin. */
  bins: Bin[];
  /** Milliseconds that the last confirmed bookings took, in ascending order. */
  latencies: number[];
  /** Of any day; at most `MAX_STUCK` are counted. */
  stuck: number;
}

export interface Bin {
  at: number;
  booked: number;
  refused: number;
  lost: number;
}

type Outcome = 'booked' | 'refused' | 'lost';

export const DAY_MS = 24 * 60 * 60_000;
// 35 minutes, one column of the chart.
export const COLUMN_MS = 2 ** 21;
// Seven hex digits of a UUIDv7: what an index can be grouped by without reading anything else.
const BIN_MS = 2 ** 20;
const BIN_DIGITS = 7;
export const MAX_STUCK = 100;
const CHUNK = 5_000;
// Of failures the row is read as well.
const FAILURES_CHUNK = 500;
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

/** Tells of each failure whether it was refused or lost. */
async function sortFailures(
  tables: Tables,
  status: BookingStatus,
  since: number,
  tell: (at: number, outcome: Outcome) => void,
): Promise<void> {
  let last = firstIdAt(since);
  for (let read = FAILURES_CHUNK; read === FAILURES_CHUNK; ) {
    const rows = await tables
      .selectFrom('sagas')
      .select(['id', 'failure'])
      .where('status', '=', toSagaStatus(status))
      .where('id', '>', last)
      .where(isBookingId)
      .orderBy('id')
      .limit(FAILURES_CHUNK)
      .execute();
    for (const { id, failure } of rows) {
      last = id;
      // One without a failure is being cancelled, or has no outcome yet.
      if (failure !== null) tell(columnOf(id), isRefused(JSON.parse(failure)) ? 'refused' : 'lost');
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

const BOOKED: ReadonlySet<BookingStatus> = new Set(['confirmed', 'cancelled']);
const FAILED: ReadonlySet<BookingStatus> = new Set(['failed', 'compensating', 'compensated', 'stuck']);

/** @param now milliseconds since the epoch */
export async function readToday(tables: Tables, now: number): Promise<Today> {
  const since = now - (now % DAY_MS);
  const counts = {} as Today['counts'];
  const totals = { booked: 0, refused: 0, lost: 0 };
  const bins = new Map<number, Bin>();
  function tell(at: number, outcome: Outcome, count = 1): void {
    const bin = bins.get(at) ?? { at, booked: 0, refused: 0, lost: 0 };
    bin[outcome] += count;
    totals[outcome] += count;
    bins.set(at, bin);
  }
  for (const status of bookingStatus.options) {
    counts[status] = 0;
    for (const [at, count] of await countByBin(tables, status, since)) {
      counts[status] += count;
      if (BOOKED.has(status)) tell(at, 'booked', count);
    }
    if (FAILED.has(status)) await sortFailures(tables, status, since, tell);
  }
  const latencies = await latestLatencies(tables);
  const { refused, lost } = totals;
  return { since, counts, refused, lost, bins: [...bins.values()], latencies, stuck: await countStuck(tables) };
}
