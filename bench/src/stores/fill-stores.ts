import { randomBytes, randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SERVICE_NAMES, type ServiceName } from '../../../services.ts';
import type { Slot } from '../load/booking-requests.ts';
import type { BookingTemplate } from './booking-template.ts';
import { createRowMakers } from './replicate-booking.ts';
import { type Row, withStores } from './service-stores.ts';

// Bookings in the past few hours: younger than what the services forget, older than what comes next.
const APART_MS = 50;

/** What is to be put into the stores. */
export interface Filling {
  /** Taken in turn. */
  templates: BookingTemplate[];
  count: number;
  slotAt: (number: number) => Slot;
}

/**
 * Puts bookings into the stores of a stack that is stopped, each like one of the templates, in the slots from number 0
 * on; all in one transaction for each store.
 *
 * @returns the ids, in the order of the slots
 */
export function fillStores(folder: string, { templates, count, slotAt }: Filling): string[] {
  return withStores(folder, (stores) => {
    for (const service of SERVICE_NAMES) stores[service].exec(BEGIN);
    const makers = templates.map(createRowMakers);
    const insert = createInserter(stores);
    const firstId = highestAppointment(stores.reservation) + 1;
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) {
      const elapsedMs = (number - count) * APART_MS;
      const id = uuidAt(Date.now() + elapsedMs);
      const { doctor, date, time } = slotAt(number);
      const values = { id, appointmentId: firstId + number, paymentId: randomUUID() };
      const all = { ...values, doctor: doctor.name, date, time, fee: doctor.fee };
      for (const { service, table, make } of makers[number % makers.length] ?? []) {
        insert(service, table, make(all, elapsedMs));
      }
      ids.push(id);
    }
    for (const service of SERVICE_NAMES) stores[service].exec(END);
    return ids;
  });
}

// After a failure the folder is made anew, so nothing has to be safe while it is filled.
const BEGIN = 'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; BEGIN IMMEDIATE';
const END = 'COMMIT; PRAGMA journal_mode = WAL';

function createInserter(stores: Record<ServiceName, DatabaseSync>) {
  const statements = new Map<string, StatementSync>();
  return (service: ServiceName, table: string, row: Row) => {
    const key = `${service} ${table}`;
    let statement = statements.get(key);
    if (!statement) {
      const columns = Object.keys(row);
      const names = columns.map((column) => `"${column}"`).join(', ');
      const placeholders = columns.map(() => '?').join(', ');
      statement = stores[service].prepare(`insert into "${table}" (${names}) values (${placeholders})`);
      statements.set(key, statement);
    }
    statement.run(...Object.values(row));
  };
}

function highestAppointment(reservation: DatabaseSync): number {
  const row = reservation.prepare("select seq from sqlite_sequence where name = 'appointments'").get();
  return Number(row?.seq ?? 1_000);
}

// UUIDv7, as the orchestrator generates it.
function uuidAt(time: number): string {
  const hex = time.toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `7${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  );
}
