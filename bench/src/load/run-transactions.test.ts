import { expect, test } from 'vitest';
import { summariseTransactions } from './run-transactions.ts';

test('When transactions are summed up, Then those that failed count as errors alone', () => {
  const window = { times: [30, 10, 20], seconds: 2, errors: 1, firstError: 'Error: refused' };

  expect(summariseTransactions(window)).toEqual({
    transactions: 3,
    perSecond: 1.5,
    p50: 20,
    p99: 30,
    errors: 1,
    firstError: 'Error: refused',
  });
});
