import { randomUUID, randomUUIDv7 } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdsCardNumber, isCardNumber } from './card-number.ts';

const inDigitsFrom = (zero: number, text: string) =>
  text.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

test.each([
  '4242424242424242',
  '4242 4242 4242 4242',
  '4242-4242-4242-4242',
  '4242.4242.4242.4242',
  '4242/4242/4242/4242',
  '4242_4242_4242_4242',
  '4242\u00a04242\u202f4242\u20094242',
  '4242  4242 - 4242  4242',
  '4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2',
  '4242\u200b4242\u00ad4242\u20604242',
  '4242–4242—4242‑4242',
  '4222222222222',
  '378282246310005',
  '3782 822463 10005',
  '6304000000000000000',
  'my card is 4242424242424242, thanks',
  'card4242424242424242x',
  '4242424242424242 123',
  '4242 4242 4242 4242 12/28',
  'room 12 4242 4242 4242 4242',
  'booking-4242424242424242-1',
  '４２４２４２４２４２４２４２４２',
  '４２４２　４２４２　４２４２　４２４２',
  inDigitsFrom(0x0660, '4242424242424242'),
  inDigitsFrom(0x06f0, '4242 4242 4242 4242'),
  inDigitsFrom(0x0966, '4242424242424242'),
  inDigitsFrom(0x1d7d8, '4242424242424242'),
  inDigitsFrom(0x116da, '4242424242424242'),
  '⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²',
  '4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣',
])('When a text is %j, Then it holds a card number', (text) => expect(holdsCardNumber(text)).toBe(true));

test.each([
  '',
  'Thomas Colins',
  '4242424242424243',
  '424242424242',
  '42424242424242424242',
  '+49 170 1234567',
  '30-09-2019',
  '2026-11-27T04:43:20.123Z',
  'order-20261127-42',
  '12345678-1234-4234-8234-123456789012',
  'booking:42424242-4242-4242-4242-424242424242',
  '4bf92f4242424242424242ce929d0e0e',
  '5f4242424242424242a1b2c3',
  'a4242424242424242b0123456789abcdef0123456',
])('When a text is %j, Then it holds none', (text) => expect(holdsCardNumber(text)).toBe(false));

test('When a text is a UUID, Then it never counts, alone and behind a prefix', () => {
  const uuidOfDigits = fc
    .stringMatching(/^[0-9]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}$/)
    .filter((text) => text.length === 36);

  fc.assert(
    fc.property(fc.oneof(fc.uuid(), uuidOfDigits), (id) => !holdsCardNumber(id) && !holdsCardNumber(`b-${id}`)),
  );
  expect([randomUUID(), randomUUIDv7()].some(holdsCardNumber)).toBe(false);
});

test('When digits are only just too few or many, or no digits, Then they are no card number', () => {
  expect(['4222222222222', '6304000000000000000'].map(isCardNumber)).toEqual([true, true]);
  expect(['422222222222', '63040000000000000000', '42424242424242xx', ''].some(isCardNumber)).toBe(false);
});

test.each(['4 '.repeat(8_000), '42424242 '.repeat(2_000), `${'4'.repeat(16_000)}x`, `4${' '.repeat(16_000)}4`])(
  'When a text of 16 KB is made to be slow, Then it is looked through all the same',
  (text) => expect(typeof holdsCardNumber(text)).toBe('boolean'),
);
