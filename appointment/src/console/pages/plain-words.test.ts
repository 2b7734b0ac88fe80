import { expect, test } from 'vitest';
import { sayReason } from './plain-words.ts';

test.each([
  ['timeout', 'payment did not respond in time'],
  ['card_declined', 'the card was declined'],
  ['http_502', 'payment responded with an error (HTTP 502)'],
  ['never_heard_of', 'never heard of'],
  ['constructor', 'constructor'],
])('When the reason is %s, Then it is said as "%s"', (code, said) => {
  expect(sayReason(code, 'payment')).toBe(said);
});
