import { type Html, html } from '@appointments/chassis';
import { figureValues } from './figure-values.ts';
import { sayDuration } from './times.ts';

// Ten columns for each power of ten from a millisecond to a hundred seconds, of which those are shown that matter.
const PER_DECADE = 10;

// As many as a phone has room for, beside the first.
const MOST_TICKS = 3;

const quantile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.ceil(ascending.length * share) - 1)] ?? 0;

const columnOf = (ms: number): number => Math.floor(Math.log10(Math.max(1, ms)) * PER_DECADE);

function histogram(latencies: readonly number[]): Html {
  const first = Math.floor(columnOf(latencies[0] ?? 1) / PER_DECADE) * PER_DECADE;
  const last = Math.max(
    first + 2 * PER_DECADE,
    Math.ceil((columnOf(latencies.at(-1) ?? 1) + 1) / PER_DECADE) * PER_DECADE,
  );
  const columns = new Array<number>(last - first).fill(0);
  for (const ms of latencies) columns[columnOf(ms) - first] = (columns[columnOf(ms) - first] ?? 0) + 1;
  const startOf = (index: number) => 10 ** ((first + index) / PER_DECADE);
  const values = columns.flatMap((amount, index) =>
    amount === 0
      ? []
      : { of: `${sayDuration(startOf(index))} to ${sayDuration(startOf(index + 1))}:`, value: String(amount) },
  );
  const highest = Math.max(1, ...columns);
  const width = 300 / columns.length;
  const bars = columns.map((amount, index) => {
    const height = amount === 0 ? 0 : Math.max(1.5, (amount / highest) * 38);
    return (
      amount > 0 &&
      html`<rect class="bar-latency" x="${(index * width + 0.5).toFixed(2)}" y="${(40 - height).toFixed(2)}" width="${(width - 1).toFixed(2)}" height="${height.toFixed(2)}"/>`
    );
  });
  const decades = Array.from({ length: (last - first) / PER_DECADE + 1 }, (_, index) => index);
  const every = Math.ceil((decades.length - 1) / MOST_TICKS);
  const ticks = decades
    .filter((decade) => decade % every === 0)
    .map((decade) => {
      const anchor = decade === 0 ? 'start' : decade === decades.length - 1 ? 'end' : 'middle';
      const ms = 10 ** (first / PER_DECADE + decade);
      return html`<text class="tick" x="${(decade * PER_DECADE * width).toFixed(2)}" y="53" text-anchor="${anchor}">${ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`}</text>`;
    });
  return html`<svg class="chart" viewBox="0 0 300 56" role="img" aria-label="How long bookings took, from ${sayDuration(latencies[0] ?? 0)} to ${sayDuration(latencies.at(-1) ?? 0)}">
${bars}<path class="axis" d="M0 40.5H300"/>${ticks}</svg>
<p class="note">From ${sayDuration(latencies[0] ?? 0)} to ${sayDuration(latencies.at(-1) ?? 0)}. ${latencies.length === 1 ? 'The last confirmed booking.' : `The last ${latencies.length} confirmed bookings.`}</p>
${figureValues(values)}`;
}

/** How long bookings take: median, 99th percentile and their spread. */
export function latencyFigure(latencies: readonly number[]): Html {
  if (latencies.length === 0) {
    return html`<div class="figure"><h3>Time to confirm</h3><p class="big number">–</p><p class="note">No booking has been confirmed yet.</p></div>`;
  }
  return html`<div class="figure">
<h3>Time to confirm</h3>
<p class="big number">${sayDuration(quantile(latencies, 0.5))} <span class="beside">median</span> <span class="second">${sayDuration(quantile(latencies, 0.99))} <span class="beside">p99</span></span></p>
${histogram(latencies)}
</div>`;
}
