import { z } from 'zod';
import { holdsCardNumber } from '../text/card-number.ts';
import { isVisible } from '../text/visible.ts';

const CONTROL_CHARACTER = /\p{Cc}/u;
// Most tools read a document's patterns without the flag that `\p{Cc}` and characters of two code units need, some with it.
// These mean the same to both.
const CONTROLS_AND_SURROGATES = '\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff';
const PAIR = '[\\ud800-\\udbff][\\udc00-\\udfff]';
const INNER = `(?:[^${CONTROLS_AND_SURROGATES}]|${PAIR})`;
const EDGE = `(?:[^\\s${CONTROLS_AND_SURROGATES}]|${PAIR})`;

const NO_CARD_NUMBER = 'must not contain a card number';

/**
 * Text of 1 to `max` characters after trimming, one of them visible, without control characters or half surrogate pairs,
 * which no store and no log can be trusted with, and without a card number, which nothing may keep. Every service takes a
 * name by this definition, so none refuses what another has let through.
 */
export function textField(max: number) {
  // One that is too long is looked at no further: of a text as long as a body may be, that takes a hundred milliseconds.
  return z
    .string('must be a string')
    .trim()
    .refine((text) => text.length > 0, 'must not be empty')
    .refine((text) => [...text].length <= max, { error: `must have at most ${max} characters`, abort: true })
    .refine((text) => !CONTROL_CHARACTER.test(text), 'must not contain control characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
    .refine((text) => text === '' || isVisible(text), 'must have a visible character')
    .refine((text) => !holdsCardNumber(text), NO_CARD_NUMBER)
    .meta({
      // What may stand around the text is trimmed, so lengths alone cannot say it.
      pattern: `^\\s*${EDGE}(?:${INNER}{0,${max - 2}}${EDGE})?\\s*$`,
      description: `1 to ${max} characters after trimming, one of them visible, without control characters and card numbers.`,
    });
}

const DAY = /^(\d{2})-(\d{2})-(\d{4})$/;

function existsInCalendar(text: string): boolean {
  const [, day, month, year] = DAY.exec(text)?.map(Number) ?? [];
  if (day === undefined || month === undefined || year === undefined || year === 0) return false;
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** A day that exists, written DD-MM-YYYY. */
export function dayField() {
  return z
    .string('must be a string')
    .regex(DAY, 'must look like DD-MM-YYYY')
    .refine((text) => !DAY.test(text) || existsInCalendar(text), 'must be a day that exists')
    .meta({ pattern: '^\\d{2}-\\d{2}-\\d{4}$', description: 'A day that exists, as DD-MM-YYYY.' });
}

// RFC 9110 token characters would do for most clients; the IETF idempotency key draft allows any visible ASCII.
const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/** 1 to 255 visible ASCII characters. */
export function visibleAsciiField() {
  const error = 'must have 1 to 255 visible ASCII characters';
  return z.string('must be a string').regex(VISIBLE_ASCII, { error, abort: true });
}

/** A reference that a client chose: 1 to 255 visible ASCII characters, without a card number, since it is kept. */
export function referenceField() {
  return visibleAsciiField()
    .refine((text) => !holdsCardNumber(text), NO_CARD_NUMBER)
    .meta({ description: 'The Idempotency-Key of the request that made it: 1 to 255 visible ASCII characters.' });
}

const AMOUNT = /^(0|[1-9]\d{0,11})(?:\.(\d{1,2}))?$/;

/** Turns a decimal string such as `"1000.00"` into integer minor units (100000); undefined where it is none. */
export function parseAmount(text: string): number | undefined {
  const [matched, whole = '', fraction = ''] = AMOUNT.exec(text) ?? [];
  return matched === undefined ? undefined : Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
}

/** Turns integer minor units (100000) into a decimal string with two decimals (`"1000.00"`). */
export function formatAmount(minor: number): string {
  const digits = String(minor).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * A positive amount of money as a decimal string with at most two decimals and twelve digits before the point, so that
 * it stays exact in a JavaScript number; a sum of a hundred of them may not. Parses to integer minor units.
 */
export function amountField() {
  return z
    .string('must be a decimal string such as "1000.00"')
    .transform((text, context) => {
      const minor = parseAmount(text);
      if (minor !== undefined && minor > 0) return minor;
      context.addIssue({
        code: 'custom',
        message: 'must be more than 0, with at most 12 digits before the point and 2 behind it, such as "1000.00"',
      });
      return z.NEVER;
    })
    .meta({
      pattern: '^(?:[1-9]\\d{0,11}(?:\\.\\d{1,2})?|0\\.(?:0[1-9]|[1-9]\\d?))$',
      description: 'More than 0, in decimal: at most 12 digits before the point and 2 behind it.',
    });
}

/**
 * A number that is a name rather than a quantity, such as a card's: `min` to `max` digits with nothing but spaces and
 * dashes between them. Parses to the digits only.
 */
export function digitsField(min: number, max: number) {
  return z
    .string('must be a string')
    .regex(/^\d(?:[ -]*\d)*$/, {
      error: 'must be digits, with nothing but spaces and dashes between them',
      abort: true,
    })
    .transform((text) => text.replaceAll(/[ -]/g, ''))
    .refine((digits) => digits.length >= min && digits.length <= max, `must have ${min} to ${max} digits`)
    .meta({
      pattern: `^\\d(?:[ -]*\\d){${min - 1},${max - 1}}$`,
      description: `${min} to ${max} digits; spaces and dashes between them are dropped.`,
    });
}

/** The query of a list that is read page by page along an increasing number. */
export const pageQuery = z.object({
  cursor: z.coerce
    .number('must be a cursor from an earlier page')
    .int()
    .min(0)
    .default(0)
    .meta({ type: 'integer', description: '`nextCursor` of the page before.' }),
  limit: z.coerce.number('must be a number').int().min(1).max(500).default(100),
});

/** The path parameter of a resource that is addressed by its caller's reference. */
export const referenceParam = z.object({ reference: referenceField() });

/** How many references one request may name. */
export const MOST_REFERENCES = 100;

/** The body that names several references. */
export const referencesBody = z.object({ references: z.array(referenceField()).min(1).max(MOST_REFERENCES) });

/** The body of an erasure: several references, and whether they are the last ones. */
export const erasureOfReferences = referencesBody.extend({
  last: z
    .boolean()
    .default(true)
    .meta({
      description:
        'Whether no more follow: then the service responds once its files have nothing of what was erased, which takes SQLite some ' +
        'seconds for each 100 MB.',
    }),
});

export type ErasureOfReferences = z.output<typeof erasureOfReferences>;

/** How many of the references that a request named were found and erased. */
export const erasedReply = z.strictObject({ erased: z.int().min(0) });
