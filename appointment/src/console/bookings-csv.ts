import { Readable } from 'node:stream';
import { maskCard } from '../schema.ts';
import type { BookingRow, RowPage } from './booking-rows.ts';
import { sayRowReason } from './pages/headline.ts';

// A spreadsheet takes a field that begins so for a formula, and with it could read and send what others have in it:
// https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
// Where a semicolon separates fields, as in much of Europe, what follows one begins a field.
const LATER_FORMULA = /;(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** A field of CSV, as in RFC 4180; one that would be a formula has an apostrophe before it. */
export function csvField(text: string): string {
  const safe = (FORMULA.test(text) ? `'${text}` : text).replaceAll(LATER_FORMULA, ";'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const COLUMNS: ReadonlyArray<readonly [string, (row: BookingRow) => string | null]> = [
  ['id', ({ id }) => id],
  ['status', ({ status }) => status],
  ['reason', ({ reason }) => (reason ? sayRowReason(reason) : null)],
  ['patient', ({ name }) => name],
  ['doctor', ({ doctor }) => doctor],
  ['date', ({ date }) => date],
  ['time', ({ time }) => time],
  ['fee', ({ fee }) => fee],
  ['card', ({ cardLastFour }) => maskCard(cardLastFour)],
  ['requested_at', ({ createdAt }) => new Date(createdAt).toISOString()],
  ['changed_at', ({ updatedAt }) => new Date(updatedAt).toISOString()],
];

const line = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`;

async function* pagesOf(readPage: (before: string | undefined) => Promise<RowPage>): AsyncGenerator<string> {
  yield line(COLUMNS.map(([name]) => name));
  let before: string | undefined;
  do {
    const { rows, next } = await readPage(before);
    if (rows.length > 0) yield rows.map((row) => line(COLUMNS.map(([, of]) => of(row) ?? ''))).join('');
    before = next ?? undefined;
  } while (before !== undefined);
}

/**
 * All bookings of a list as CSV, read page by page as fast as it is taken.
 *
 * @param readPage the bookings before an id, the newest first
 */
export const bookingsCsv = (readPage: (before: string | undefined) => Promise<RowPage>): Readable =>
  Readable.from(pagesOf(readPage));
