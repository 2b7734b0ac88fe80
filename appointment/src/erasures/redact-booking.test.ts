import { expect, test } from 'vitest';
import { holdsName, redactText } from './redact-booking.ts';

test.each([
  ['Ada Lovelace called.', 'Ada Lovelace', '[erased] called.'],
  ['ADA LOVELACE, again', 'Ada Lovelace', '[erased], again'],
  ['Ada  Lovelace called.', 'Ada Lovelace', '[erased]'],
  ['Annabel and Hanna called.', 'Anna', 'Annabel and Hanna called.'],
  ['It was !-𐀀 (O.K.)?', '!-𐀀', 'It was [erased] (O.K.)?'],
  ['Ask $& and (a|b)*', '(a|b)*', 'Ask $& and [erased]'],
])('When %j is redacted for %j, Then %j is left', (text, name, left) => {
  expect(redactText(text, name)).toBe(left);
});

test('When a text has a name within a longer word only, Then it does not hold it', () => {
  expect([holdsName('Annabel', 'Anna'), holdsName('with ANNA', 'anna')]).toEqual([false, true]);
});
