import { expect, test } from 'vitest';
import { median, quantile, slopeOf } from './statistics.ts';

test('When values are an odd number, Then their median is the middle one, whatever their order', () => {
  expect(median([9, 1, 5])).toBe(5);
});

test('When values are an even number, Then their median lies between the two in the middle', () => {
  expect(median([40, 10, 30, 20])).toBe(25);
});

test('When there are no values, Then neither median nor quantile is a number', () => {
  expect(median([])).toBeNaN();
  expect(quantile([], 0.5)).toBeNaN();
});

test('When a quantile is asked for, Then it is a value that was there, the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  expect([0, 0.5, 0.99, 0.999, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 99, 100, 100]);
  expect(quantile([7], 0.99)).toBe(7);
});

test('When points lie on a line, Then its slope is exact and has no error', () => {
  const points = [0, 1, 2, 3].map((x) => ({ x, y: 5 - 2 * x }));

  const { slope, standardError } = slopeOf(points);

  expect(slope).toBeCloseTo(-2, 12);
  expect(standardError).toBeCloseTo(0, 12);
});

test('When points lie beside a line, Then the standard error is that of least squares', () => {
  // By hand: residuals -0.1, 0.2, -0.1, so sqrt(0.06 / 1 / 2).
  const { slope, standardError } = slopeOf([
    { x: 0, y: 0 },
    { x: 1, y: 1.3 },
    { x: 2, y: 2 },
  ]);

  expect(slope).toBeCloseTo(1, 12);
  expect(standardError).toBeCloseTo(Math.sqrt(0.03), 12);
});
