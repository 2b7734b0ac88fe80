import type { DatabaseSync } from 'node:sqlite';
import { SERVICE_NAMES, type ServiceName } from '../../../services.ts';
import { type Row, tablesOf, withStores } from './service-stores.ts';

/** One table's row of a real booking. */
export interface TemplateRow {
  service: ServiceName;
  table: string;
  row: Row;
}

/** All that the stores hold of one real booking. */
export interface BookingTemplate {
  id: string;
  rows: TemplateRow[];
}

/** Finds every row of a booking, by its id, which all stores know it by. */
export function captureBooking(folder: string, id: string): BookingTemplate {
  const rows = withStores(folder, (stores) =>
    SERVICE_NAMES.flatMap((service) => rowsOf(stores[service], id).map((found) => ({ service, ...found }))),
  );
  return { id, rows };
}

function rowsOf(store: DatabaseSync, id: string): Array<{ table: string; row: Row }> {
  return tablesOf(store).flatMap((table) => {
    const columns = store.prepare(`select * from "${table}" limit 0`).columns();
    const where = columns.map(({ name }) => `"${name}" = :id`).join(' or ');
    const found = store.prepare(`select * from "${table}" where ${where}`).all({ id }) as Row[];
    return found.map((row) => ({ table, row: { ...row } }));
  });
}

/** The values that differ between bookings; the numbers stand for positions in the templates. */
export interface BookingValues {
  id: string;
  appointmentId: number;
  paymentId: string;
  doctor: string;
  date: string;
  time: string;
  /** Such as `1000.00`. */
  fee: string;
}

/** The values in the template itself. What a template has no row for stays as it is given. */
export function valuesOf({ id, rows }: BookingTemplate): BookingValues {
  const rowOf = (table: string) => rows.find((row) => row.table === table)?.row ?? {};
  const { id: appointmentId, time, fee } = rowOf('appointments');
  const { doctor, date } = rowOf('bookings');
  return {
    id,
    appointmentId: Number(appointmentId ?? -1),
    paymentId: String(rowOf('payments').payment_id ?? 'no payment'),
    doctor: String(doctor),
    date: String(date),
    time: String(time ?? 'no time'),
    fee: fee === undefined ? 'no fee' : (Number(fee) / 100).toFixed(2),
  };
}

/** Removes a booking from the stores: it has served as a template. */
export function removeBooking(folder: string, { rows }: BookingTemplate): void {
  withStores(folder, (stores) => {
    for (const { service, table, row } of rows) {
      const where = Object.keys(row).map((column) => `"${column}" is :${column}`);
      stores[service].prepare(`delete from "${table}" where ${where.join(' and ')}`).run(row);
    }
  });
}
