import { expect, test } from 'vitest';
import { summariseSequences } from './run-sequences.ts';

test('When sequences are summed up, Then a step takes its share of the sequence, and gaps stand by themselves', () => {
  const summary = summariseSequences({ sequences: [30, 10, 20], gaps: [4, 1, 3, 2] }, 10);

  expect(summary).toEqual({ sequences: 3, step: { p50: 2, p99: 3 }, gap: { p50: 2, p99: 4 } });
});
