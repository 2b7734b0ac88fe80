import { expect, test } from 'vitest';
import { rateField } from './rate.ts';

test.each([
  ['20/10s', 20, 10],
  ['1/1s', 1, 1],
  ['300/5m', 300, 300],
  ['1000000/24h', 1_000_000, 86_400],
])('When it is %s, Then so many in so many seconds', (text, quota, windowSeconds) => {
  expect(rateField.parse(text)).toEqual({ quota, windowSeconds });
});

test.each(['', '20', '20/10', '20/s', '0/1s', '1/0s', '-1/1s', '1.5/1s', '1/25h', '1000001/1s', '20/10d', '20 / 10s'])(
  'When it is %j, Then it is refused and not echoed',
  (text) => {
    const { error } = rateField.safeParse(text);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/^must look like 20\/10s/)]);
  },
);
