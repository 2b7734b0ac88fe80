import { expect, test } from 'vitest';
import type { Round } from '../load/run-load.ts';
import { medianRatio, SUMMARY_HEAD, summariseRounds, summaryCells } from './rounds.ts';

const round = (perSecond: number, figures: Partial<Round> = {}): Round => ({
  seconds: 1,
  bookings: perSecond,
  perSecond,
  p50: 1,
  p99: 2,
  p999: 3,
  slowest: 4,
  errors: 0,
  errorCounts: {},
  cpuMicroseconds: 100,
  peakMemory: 2 ** 20,
  otherLoad: 0,
  requested: perSecond,
  ...figures,
});

test('When rounds are summed up, Then figures are medians, but memory is the most and errors are all of them', () => {
  const summary = summariseRounds([
    round(100, { p99: 9, errors: 1, peakMemory: 5 * 2 ** 20 }),
    round(300, { p99: 5 }),
    round(200, { p99: 7, errors: 2, peakMemory: 3 * 2 ** 20 }),
  ]);

  expect(summary).toMatchObject({ perSecond: 200, p99: 7, errors: 3, peakMemory: 5 * 2 ** 20 });
});

test('When two are compared, Then it is round by round, so that a slow spell of the machine cancels out', () => {
  const ours = [round(300), round(20), round(100)];
  const theirs = [round(100), round(10), round(100)];

  expect(medianRatio(ours, theirs)).toBe(2);
});

test('When one of the two has not run, Then there is no ratio', () => {
  expect(medianRatio([round(1)], [])).toBeNaN();
});

test('When a summary is shown, Then there is a cell for each head', () => {
  const cells = summaryCells(summariseRounds([round(1_234.5, { otherLoad: 0.126 })]));

  expect(cells).toHaveLength(SUMMARY_HEAD.length);
  expect(cells).toEqual(['1235', '1.00', '2.00', '100', '1.00', '0', '13 %']);
});
