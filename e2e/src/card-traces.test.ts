import { expect, test } from 'vitest';
import { findCards } from './card-traces.ts';

const CARD = '4000000000000002';
const seconds = 'seconds_sum 0.2400000000000001\n';

test.each([
  ['its digits', CARD],
  ['its digits in the text of an error', `error.${CARD}`],
  ['its digits in groups', '4000 0000 0000 0002'],
  ['its digits behind a sum of seconds', `${seconds}card ${CARD}`],
])('When a text has a card by %s, Then it is found', (_, text) => {
  expect(findCards(Buffer.from(text), [CARD])).toHaveLength(1);
});

test('When a number of seconds has the same digits, Then it is taken for no card', () => {
  expect(findCards(Buffer.from(seconds), [CARD])).toEqual([]);
});
