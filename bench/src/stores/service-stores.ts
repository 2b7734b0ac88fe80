import { closeSync, cpSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { mapServices, SERVICE_NAMES, type ServiceName, serviceNamed } from '../../../services.ts';

export type Row = Record<string, string | number | null>;

// Not a booking's own: what the schema is, and the counters that SQLite keeps.
const NOT_OF_BOOKINGS = /^(sqlite_|kysely_)/;

/** The file of a service's store in a folder of stores. */
export const storeFile = (folder: string, service: ServiceName): string =>
  `${folder}/${serviceNamed(service).store}.db`;

/** Opens the stores of a folder, runs `work` on them and closes them again. */
export function withStores<Result>(
  folder: string,
  work: (stores: Record<ServiceName, DatabaseSync>) => Result,
): Result {
  const open = (service: ServiceName) => new DatabaseSync(storeFile(folder, service));
  const stores = mapServices(SERVICE_NAMES, open);
  try {
    return work(stores);
  } finally {
    for (const service of SERVICE_NAMES) stores[service].close();
  }
}

/** The tables that hold bookings. */
export function tablesOf(store: DatabaseSync): string[] {
  const tables = store.prepare("select name from sqlite_master where type = 'table'").all();
  return tables.map(({ name }) => String(name)).filter((name) => !NOT_OF_BOOKINGS.test(name));
}

/** Copies the stores of a folder whose services have stopped, and waits until the disk has them. */
export function copyStores(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('.log') && !file.endsWith('.lock') });
  for (const service of SERVICE_NAMES) flush(storeFile(to, service));
}

// Otherwise the measured commits would wait for the system to write the rest of a large file.
function flush(file: string): void {
  const handle = openSync(file, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
