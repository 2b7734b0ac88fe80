import { type Kysely, sql } from 'kysely';
import { firstIdAt } from '../booking-filter.ts';
import { type AppointmentTables, isBookingId } from '../booking-store.ts';
import { toSagaStatus } from '../present-booking.ts';
import { type BookingStatus, bookingStatus } from '../schema.ts';

/** How today's bookings fare. The day is UTC's. */
export interface Today {
  /** The midnight it began at. */
  since: number;
  counts: Record<BookingStatus, number>;
  /** Bookings by the time they were begun, `COLUMN_MS` to a bin. */
  bins: Bin[];
  /** Milliseconds that the last confirmed bookings took, in ascending order. */
  latencies: number[];
  /** Of any day; at most `MAX_STUCK` are counted. */
  stuck: number;
}

export interface Bin {
  at: number;
  booked: number;
  other: number;
}

export const DAY_MS = 24 * 60 * 60_000;
// 35 minutes, one column of the chart.
export const COLUMN_MS = 2 ** 21;
// Seven hex digits of a UUIDv7: what an index can be grouped by without reading anything else.
const BIN_MS = 2 ** 20;
export const MAX_STUCK = 100;
const CHUNK = 5_000;
const LATENCIES = 500;
const FRESH_MS = 2_000;
// Nobody has looked for so long that it is worth waiting for a new count.
const OLD_MS = 30_000;
// Of all the time there is, at most this share goes into counting.
const SHARE = 1 / 20;

type Tables = Kysely<AppointmentTables>;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

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
      const began = Number.parseInt(row.bin, 16) * BIN_MS;
      const at = began - (began % COLUMN_MS);
      bins.set(at, (bins.get(at) ?? 0) + row.count);
      if (row.last > last) last = row.last;
    }
    await nextTurn();
  }
  return bins;
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

/** @param now milliseconds since the epoch */
export async function readToday(tables: Tables, now: number): Promise<Today> {
  const since = now - (now % DAY_MS);
  const counts = {} as Today['counts'];
  const bins = new Map<number, Bin>();
  for (const status of bookingStatus.options) {
    counts[status] = 0;
    for (const [at, count] of await countByBin(tables, status, since)) {
      const bin = bins.get(at) ?? { at, booked: 0, other: 0 };
      bin[status === 'confirmed' || status === 'cancelled' ? 'booked' : 'other'] += count;
      bins.set(at, bin);
      counts[status] += count;
    }
  }
  const latencies = await latestLatencies(tables);
  return { since, counts, bins: [...bins.values()], latencies, stuck: await countStuck(tables) };
}

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
