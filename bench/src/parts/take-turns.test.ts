import { expect, test } from 'vitest';
import { selectContenders, takeTurns } from './take-turns.ts';

test('When contenders take turns, Then each round begins with the next one, and results stay with their contender', async () => {
  const order: string[] = [];

  const turns = await takeTurns(['a', 'b', 'c'], 4, async (contender, round) => {
    order.push(contender);
    return `${contender}${round}`;
  });

  expect(order.join('')).toBe('abcbcacababc');
  expect(turns).toEqual([
    { contender: 'a', rounds: ['a0', 'a1', 'a2', 'a3'] },
    { contender: 'b', rounds: ['b0', 'b1', 'b2', 'b3'] },
    { contender: 'c', rounds: ['c0', 'c1', 'c2', 'c3'] },
  ]);
});

test('When contenders are named, Then those whose name has one of the parts are taken; all where none is named', () => {
  const contenders = ['ours', 'ours over PostgreSQL', 'DBOS'].map((name) => ({ name }));

  expect(selectContenders(contenders, ['postgres', 'dbos'])).toEqual(contenders.slice(1));
  expect(selectContenders(contenders, [])).toEqual(contenders);
});
