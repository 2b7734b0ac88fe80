import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountField, dayField, formatAmount, parseAmount, referenceField, textField } from './fields.ts';

// Each of these leaves a row without a name in it.
const NOTHING_TO_SEE = [
  '\u200b',
  '\u200c\u200d',
  '\u2060',
  '\u00ad',
  '\ufeff',
  '\u200e\u200f\u061c',
  '\u202e',
  '\u2066\u2069',
  '\u115f\u1160',
  '\u3164',
  '\uffa0',
  '\u2800',
  '\ufffc',
  '\ufe0f',
  '\u{e0100}',
  '\u{e0041}',
  '\u034f',
  '\u180e',
  '\u0301',
  '\u20dd',
  '\u2028',
  '\u{1d159}',
  '\u{13441}',
  '\ue000',
  '\uffff',
  '\u200b \u3000 \u3164',
];

describe('textField', () => {
  const text = textField(100);

  test.each([
    ['John Doe', 'John Doe'],
    ['  padded\t', 'padded'],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['🩺'.repeat(100), '🩺'.repeat(100)],
    ['Élodie Ødegård 李', 'Élodie Ødegård 李'],
    [`  ${'x'.repeat(100)}  `, 'x'.repeat(100)],
    ['A\ufffdB', 'A\ufffdB'],
    ['\ufffd', '\ufffd'],
    ['علی‌رضا', 'علی‌رضا'],
    ['क्‍ष', 'क्‍ष'],
    ['\u2068David דוד\u2069', '\u2068David דוד\u2069'],
    ['\u202eAnn', '\u202eAnn'],
    ['👩‍⚕️', '👩‍⚕️'],
    ['\u200bAnn', '\u200bAnn'],
    ['e\u0301', 'e\u0301'],
    ['7', '7'],
    ['-', '-'],
    ['Agent 4242 4242', 'Agent 4242 4242'],
  ])('When the text is %j, Then it is accepted, trimmed', (given, parsed) => {
    expect(text.parse(given)).toBe(parsed);
  });

  test.each([
    '',
    '   ',
    'x'.repeat(101),
    '🩺'.repeat(101),
    'a\0b',
    'a\nb',
    'a\u007fb',
    'a\u0085b',
    '\ud800',
    'a\udc00b',
    'a\ud83d',
    ...NOTHING_TO_SEE,
    '4242424242424242',
    'Ann 4242-4242-4242-4242 Lee',
    '４２４２　４２４２　４２４２　４２４２',
    7,
    null,
    undefined,
    true,
    [],
    {},
  ])('When the text is %j, Then it is refused without an echo', (given) => {
    const { success, error } = text.safeParse(given);

    expect(success).toBe(false);
    expect(error?.issues.every(({ message }) => message.startsWith('must '))).toBe(true);
  });

  test('When the text is too long, Then nothing else of it is looked at', () => {
    const { error } = text.safeParse('4242 4242 4242 4242\0'.repeat(800));

    expect(error?.issues.map(({ message }) => message)).toEqual(['must have at most 100 characters']);
  });
});

describe('dayField', () => {
  const day = dayField();

  test.each(['30-09-2019', '29-02-2024', '29-02-2000', '31-12-9999', '01-01-0001', '28-02-2026'])(
    'When the day is %s, Then it is accepted',
    (given) => expect(day.parse(given)).toBe(given),
  );

  test.each([
    '30-02-2026',
    '31-04-2026',
    '29-02-2026',
    '29-02-2100',
    '29-02-1900',
    '00-01-2026',
    '32-01-2026',
    '01-00-2026',
    '01-13-2026',
    '01-01-0000',
    '2026-01-01',
    '1-1-2026',
    '01/01/2026',
    '01-01-26',
    ' 01-01-2026',
    '01-01-2026\n',
    '٠١-٠١-٢٠٢٦',
    '',
    20260101,
    null,
  ])('When the day is %j, Then it is refused', (given) => expect(day.safeParse(given).success).toBe(false));

  test('When any real date is written as DD-MM-YYYY, Then it is accepted', () => {
    const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (at) => {
        const [year, month, dayOfMonth] = at.toISOString().slice(0, 10).split('-');
        return day.safeParse(`${dayOfMonth}-${month}-${year}`).success;
      }),
    );
  });
});

describe('amounts', () => {
  const amount = amountField();
  const LARGEST = 99_999_999_999_999;

  test.each([
    ['1000.00', 100_000],
    ['1000', 100_000],
    ['0.01', 1],
    ['0.5', 50],
    ['999999999999.99', LARGEST],
  ])('When the amount is %s, Then it is %d minor units', (given, minor) => expect(amount.parse(given)).toBe(minor));

  test.each([
    '0',
    '0.00',
    '-1',
    '-0.01',
    '+1',
    '1.000',
    '1e3',
    '1E3',
    '1000000000000',
    '1000000000000000',
    '01',
    '.5',
    '1.',
    '1,00',
    '1 000',
    ' 1',
    '1\n',
    '',
    'NaN',
    'Infinity',
    '0x10',
    '１',
    1000,
    null,
    ['1'],
  ])('When the amount is %j, Then it is refused with one clear error', (given) => {
    const { success, error } = amount.safeParse(given);

    expect(success).toBe(false);
    expect(error?.issues).toEqual([expect.objectContaining({ message: expect.stringMatching(/1000\.00"/) })]);
  });

  test('When minor units are formatted and parsed again, Then they are the same', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: LARGEST }), (minor) => parseAmount(formatAmount(minor)) === minor));
    expect([0, 1, 10, 100, 100_000].map(formatAmount)).toEqual(['0.00', '0.01', '0.10', '1.00', '1000.00']);
  });

  test('When a decimal string is parsed, Then its digits are kept exactly', () => {
    const whole = fc.integer({ min: 0, max: 999_999_999_999 });
    const cents = fc.integer({ min: 0, max: 99 });
    fc.assert(
      fc.property(whole, cents, (units, rest) => {
        const text = `${units}.${String(rest).padStart(2, '0')}`;
        return formatAmount(parseAmount(text) ?? Number.NaN) === text;
      }),
    );
  });
});

describe('referenceField', () => {
  test.each(['a', 'x'.repeat(255), '!~"\\/%', '0198-aa', '42424242-4242-4242-4242-424242424242'])(
    'When the reference is %j, Then it is accepted',
    (given) => expect(referenceField().parse(given)).toBe(given),
  );

  test.each(['', 'x'.repeat(256), 'a b', 'a\tb', 'ü', 'a\0', 1, null, '4242424242424242', 'k:4242-4242-4242-4242'])(
    'When the reference is %j, Then it is refused',
    (given) => expect(referenceField().safeParse(given).success).toBe(false),
  );
});
