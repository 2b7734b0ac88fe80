import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { ServiceName } from '../../../services.ts';
import { WRITTEN_BOOKINGS, type WrittenBooking } from './written-bookings.ts';

/** A booking of the loaded stores, with the id that it has in them. */
export interface LoadedBooking extends WrittenBooking {
  readonly id: string;
}

const COMMIT = '624cea0';
// Longer than any lease or lock of the processes that were killed, shorter than anything is kept at the least.
const KILLED_AGO_MS = 60_000;
// The only numbers with so many digits: milliseconds since the epoch, in columns of their own and inside of JSON.
const TIMES = /\b\d{13}\b/g;

const folderOf = (storeUrl: string) =>
  new URL(`${COMMIT}/${storeUrl.startsWith('sqlite:') ? 'sqlite' : 'postgres'}/`, import.meta.url);

function readBookings(storeUrl: string): { killedAt: number; ids: Record<string, string> } {
  return JSON.parse(readFileSync(new URL('bookings.json', folderOf(storeUrl)), 'utf8'));
}

/**
 * The bookings that are in the stores, in the order in which they were asked for.
 *
 * @param storeUrl of any of the loaded stores: over SQLite the ids are others than over PostgreSQL
 */
export function loadedBookings(storeUrl: string): LoadedBooking[] {
  const { ids } = readBookings(storeUrl);
  return WRITTEN_BOOKINGS.map((booking) => ({ ...booking, id: ids[booking.name] as string }));
}

/**
 * Restores a service's store as the processes of commit 624cea0 left it when they were killed, a minute ago: all times are
 * moved by what has passed since, so that leases are over, and idempotency keys, which are pruned after 25 h, are not.
 * The store of a service that there was not yet stays empty.
 *
 * @param storeUrl where to, an empty store of its own: `sqlite:` and a file's path, or `postgres://…` with a `search_path`
 * @throws what the database says where the store is not empty; nothing is restored then
 */
export async function loadStore(service: ServiceName, storeUrl: string): Promise<void> {
  const file = new URL(`${service}.sql`, folderOf(storeUrl));
  if (!existsSync(file)) return;
  const dump = readFileSync(file, 'utf8');
  const later = Date.now() - KILLED_AGO_MS - readBookings(storeUrl).killedAt;
  const sql = dump.replace(TIMES, (time) => String(Number(time) + later));
  if (storeUrl.startsWith('sqlite:')) return loadSqlite(storeUrl.slice('sqlite:'.length), sql);
  const client = new pg.Client({ connectionString: storeUrl });
  await client.connect();
  // Statements that are sent together are one transaction.
  await client.query(sql).finally(() => client.end());
}

function loadSqlite(file: string, sql: string): void {
  const connection = new DatabaseSync(file);
  try {
    connection.exec(sql);
  } finally {
    connection.close();
  }
}
