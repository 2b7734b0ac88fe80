import { type Html, html } from '@appointments/chassis';
import type { BookingStatus } from '../../schema.ts';
import { type Bin, COLUMN_MS, DAY_MS, type Today } from '../today.ts';
import { latencyFigure } from './latency-figure.ts';
import { mark } from './marks.ts';
import { STATUS_WORDS } from './plain-words.ts';
import { sayDay } from './times.ts';

const ORDER: readonly BookingStatus[] = [
  'confirmed',
  'cancelled',
  'failed',
  'compensated',
  'compensating',
  'pending',
  'requires_action',
  'paused',
  'stuck',
];
const count = new Intl.NumberFormat('en-GB');

function outcomesFigure({ counts }: Today): Html {
  const total = ORDER.reduce((sum, status) => sum + counts[status], 0);
  const shown = ORDER.filter((status) => counts[status] > 0);
  let x = 0;
  const pieces = shown.map((status) => {
    const width = (counts[status] / total) * 300;
    const piece = html`<rect class="tone-${status}" x="${x.toFixed(2)}" y="0" width="${Math.max(width - 2, 1).toFixed(2)}" height="10"/>`;
    x += width;
    return piece;
  });
  const legend = shown.map(
    (status) =>
      html`<li class="tone-${status}">${mark(status)}<span>${STATUS_WORDS[status].name}</span> <b class="number">${count.format(counts[status])}</b></li>`,
  );
  return html`<div class="figure">
<h3>Bookings</h3>
<p class="big number">${count.format(total)}</p>
<svg class="bar" viewBox="0 0 300 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="trough" width="300" height="10"/>${pieces}</svg>
${total === 0 ? html`<p class="note">None yet today.</p>` : html`<ul class="legend">${legend}</ul>`}
</div>`;
}

function column({ at, booked, other }: Bin, since: number, highest: number): Html {
  const x = (((at - since) / DAY_MS) * 300).toFixed(2);
  const width = ((COLUMN_MS / DAY_MS) * 300 - 1.2).toFixed(2);
  const bookedHeight = (booked / highest) * 38;
  const otherHeight = (other / highest) * 38;
  return html`<rect class="bar-booked" x="${x}" y="${(40 - bookedHeight).toFixed(2)}" width="${width}" height="${bookedHeight.toFixed(2)}"/><rect class="bar-other" x="${x}" y="${(40 - bookedHeight - otherHeight).toFixed(2)}" width="${width}" height="${otherHeight.toFixed(2)}"/>`;
}

function successFigure({ counts, bins, since }: Today): Html {
  const booked = counts.confirmed + counts.cancelled;
  const ended = booked + counts.failed + counts.compensated + counts.stuck;
  const rate = ended === 0 ? '–' : `${((booked / ended) * 100).toFixed(booked === ended ? 0 : 1)} %`;
  const highest = Math.max(1, ...bins.map((bin) => bin.booked + bin.other));
  const note =
    ended === 0
      ? 'No booking has ended yet.'
      : `${count.format(booked)} of ${count.format(ended)} that ended were confirmed.`;
  return html`<div class="figure">
<h3>Success rate</h3>
<p class="big number">${rate}</p>
<svg class="chart" viewBox="0 0 300 56" role="img" aria-label="Bookings over the day by when they began, at most ${highest} in half an hour">
${bins.map((bin) => column(bin, since, highest))}
<path class="axis" d="M0 40.5H300"/>
${[0, 6, 12, 18, 24].map((hour) => html`<text class="tick" x="${hour * 12.5}" y="53" text-anchor="${hour === 0 ? 'start' : hour === 24 ? 'end' : 'middle'}">${String(hour).padStart(2, '0')}</text>`)}
</svg>
<p class="note">${note}</p>
</div>`;
}

/** How today's bookings fare, in figures and small charts. */
export function todayPanel(today: Today): Html {
  return html`<h2>Today <span class="aside">${sayDay(today.since)}, UTC</span></h2>
<div class="figures">${outcomesFigure(today)}${successFigure(today)}${latencyFigure(today.latencies)}</div>`;
}

/** Says that bookings are stuck, where some are. */
export function stuckNotice({ stuck }: Today, most: number): Html {
  if (stuck === 0) return html``;
  const what = stuck === 1 ? '1 booking is stuck' : `${stuck}${stuck === most ? ' or more' : ''} bookings are stuck`;
  return html`<p class="notice tone-stuck">${mark('stuck')}<a href="/console?status=stuck">${what}: see what holds ${stuck === 1 ? 'it' : 'them'} up</a></p>`;
}
