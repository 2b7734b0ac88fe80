import type { Round } from '../load/run-load.ts';
import { median } from '../statistics.ts';
import { figure, mebibytes } from './markdown.ts';

/** The summary of several rounds: medians, but the most memory and all errors. */
export interface Summary {
  perSecond: number;
  p50: number;
  p99: number;
  cpuMicroseconds: number;
  peakMemory: number;
  errors: number;
  otherLoad: number;
}

/** Sums rounds up. */
export function summariseRounds(rounds: Round[]): Summary {
  const middle = (of: (round: Round) => number) => median(rounds.map(of));
  return {
    perSecond: middle(({ perSecond }) => perSecond),
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
    cpuMicroseconds: middle(({ cpuMicroseconds }) => cpuMicroseconds),
    peakMemory: Math.max(...rounds.map(({ peakMemory }) => peakMemory)),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    otherLoad: middle(({ otherLoad }) => otherLoad),
  };
}

/** The column heads of a summary. */
export const SUMMARY_HEAD = ['bookings/s', 'p50 ms', 'p99 ms', 'CPU µs/booking', 'peak MiB', 'errors', 'other load'];

/** The cells under `SUMMARY_HEAD`. */
export function summaryCells(summary: Summary): string[] {
  const { perSecond, p50, p99, cpuMicroseconds, peakMemory, errors, otherLoad } = summary;
  return [
    ...[perSecond, p50, p99, cpuMicroseconds].map(figure),
    mebibytes(peakMemory),
    String(errors),
    `${Math.round(otherLoad * 100)} %`,
  ];
}

/** The median over the rounds of how many times as fast `a` was as `b` in the same round. */
export function medianRatio(a: Round[], b: Round[]): number {
  return median(a.map(({ perSecond }, index) => perSecond / (b[index]?.perSecond ?? Number.NaN)));
}
