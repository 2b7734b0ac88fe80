import { nameKey } from '../../../chassis/src/text/name-key.ts';
import { type BookingTemplate, type BookingValues, type TemplateRow, valuesOf } from './booking-template.ts';
import type { Row } from './service-stores.ts';

type Fill = (values: Texts, elapsedMs: number) => string | number | null;

/** The values as they stand in text. */
type Texts = Record<keyof BookingValues | 'doctorKey', string>;

// Every time in milliseconds is above it, every amount and id below.
const FIRST_TIME = 1e12;

const textsOf = (values: BookingValues): Texts => ({
  ...values,
  appointmentId: String(values.appointmentId),
  doctorKey: nameKey(values.doctor),
});
const minorUnits = (fee: string) => Math.round(Number(fee) * 100);

/**
 * Makes rows for other bookings out of a real one's: ids, slot, doctor and fee are put where the template has its own,
 * in JSON within a column as well, and times are moved.
 *
 * @returns for each row of the template, what makes one for other values
 */
export function createRowMakers(template: BookingTemplate) {
  const own = valuesOf(template);
  return template.rows.map((row) => ({ ...row, make: createRowMaker(row, own) }));
}

function createRowMaker({ row }: TemplateRow, own: BookingValues): (values: BookingValues, elapsedMs: number) => Row {
  // The table assigns a key that only counts rows; that of appointments is a value of the booking.
  const countsRows = (column: string, value: unknown) =>
    column === 'sequence' || (column === 'id' && typeof value === 'number' && value !== own.appointmentId);
  const columns = Object.entries(row).filter(([column, value]) => !countsRows(column, value));
  const fills = columns.map(([column, value]) => [column, createFill(value, own)] as const);
  return (values, elapsedMs) => {
    const texts = textsOf(values);
    const made: Row = {};
    for (const [column, fill] of fills) made[column] = fill(texts, elapsedMs);
    return made;
  };
}

function createFill(value: Row[string] | undefined, own: BookingValues): Fill {
  if (value === null || value === undefined) return () => null;
  if (typeof value === 'string') return createTextFill(value, own);
  if (value >= FIRST_TIME) return (_values, elapsedMs) => value + elapsedMs;
  if (value === own.appointmentId) return ({ appointmentId }) => Number(appointmentId);
  if (value === minorUnits(own.fee)) return ({ fee }) => minorUnits(fee);
  return () => value;
}

function createTextFill(text: string, own: BookingValues): Fill {
  const texts = textsOf(own);
  const names = Object.keys(texts) as Array<keyof Texts>;
  // A short value counts where it stands alone or is a string of its own in JSON, escaped or not.
  const pattern = names.map((name) => `(?<=^|")${RegExp.escape(texts[name])}(?=$|["\\\\])`).join('|');
  const parts = text.split(new RegExp(`(${pattern})`, 'g'));
  const fills = parts.map((part, index) => {
    const name = index % 2 === 1 ? names.find((candidate) => texts[candidate] === part) : undefined;
    return name ?? { literal: part };
  });
  return (values) => {
    let filled = '';
    for (const fill of fills) filled += typeof fill === 'string' ? values[fill] : fill.literal;
    return filled;
  };
}
