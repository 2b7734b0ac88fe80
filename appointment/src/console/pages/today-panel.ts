import { type Html, html } from '@appointments/chassis';
import { type BookingOutcome, type BookingStatus, bookingOutcome } from '../../schema.ts';
import { listPath } from '../console-query.ts';
import { type Bin, COLUMN_MS, DAY_MS, type Today } from '../today.ts';
import { figureValues } from './figure-values.ts';
import { latencyFigure } from './latency-figure.ts';
import { mark } from './marks.ts';
import { OUTCOME_NAMES, STATUS_WORDS } from './plain-words.ts';
import { minuteTime, sayDay } from './times.ts';

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

const dayOf = ({ since }: Today): string => new Date(since).toISOString().slice(0, 10);

function statusesFigure(today: Today): Html {
  const { counts } = today;
  const day = dayOf(today);
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
      html`<li class="tone-${status}">${mark(status)}<a href="${listPath({ status, from: day, to: day })}">${STATUS_WORDS[status].name}</a> <b class="number">${count.format(counts[status])}</b></li>`,
  );
  return html`<div class="figure">
<h3>Bookings</h3>
<p class="big number"><a href="${listPath({ from: day, to: day })}" aria-label="${count.format(total)} bookings begun today">${count.format(total)}</a></p>
<svg class="bar" viewBox="0 0 300 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="trough" width="300" height="10"/>${pieces}</svg>
${total === 0 ? html`<p class="note">None yet today.</p>` : html`<ul class="legend">${legend}</ul>`}
</div>`;
}

/** One column, its parts one on the other. */
function column(bin: Bin, since: number, highest: number): Html[] {
  const x = (((bin.at - since) / DAY_MS) * 300).toFixed(2);
  const width = ((COLUMN_MS / DAY_MS) * 300 - 1.2).toFixed(2);
  let top = 40;
  return bookingOutcome.options.map((part) => {
    const height = (bin[part] / highest) * 38;
    top -= height;
    return html`<rect class="bar-${part}" x="${x}" y="${top.toFixed(2)}" width="${width}" height="${height.toFixed(2)}"/>`;
  });
}

function sayBin({ at, confirmed, refused, lost }: Bin) {
  return {
    of: html`${minuteTime(at)} to ${minuteTime(at + COLUMN_MS)}:`,
    value: `${confirmed} confirmed, ${refused} refused, ${lost} lost`,
  };
}

const share = (part: number, all: number): string => {
  if (all === 0) return '–';
  return `${((part / all) * 100).toFixed(part === 0 || part === all ? 0 : 1)} %`;
};

/** What the service is to blame for stands first; a card that is declined is no fault. */
function lossesFigure(today: Today): Html {
  const { bins, since, outcomes } = today;
  const day = dayOf(today);
  const { confirmed, refused, lost } = outcomes;
  const ended = confirmed + refused + lost;
  const highest = Math.max(1, ...bins.map((bin) => bin.confirmed + bin.refused + bin.lost));
  const pathOf = (outcome: BookingOutcome) => listPath({ outcome, from: day, to: day });
  const legend = bookingOutcome.options.map((outcome) => {
    return html`<li><span class="key key-${outcome}"></span><a href="${pathOf(outcome)}">${OUTCOME_NAMES[outcome]}</a> <b class="number">${count.format(outcomes[outcome])}</b></li>`;
  });
  const sorted = bins.toSorted((left, right) => left.at - right.at);
  return html`<div class="figure">
<h3>Lost to faults</h3>
<p class="big number">${share(lost, ended)} <span class="beside">${ended === 0 ? 'none has ended yet' : html`<a href="${pathOf('lost')}" aria-label="${count.format(lost)} lost today">${count.format(lost)}</a> of ${count.format(ended)} that ended`}</span></p>
<svg class="chart" viewBox="0 0 300 56" role="img" aria-label="Bookings over the day by when they began, at most ${highest} in half an hour">
${bins.map((bin) => column(bin, since, highest))}
<path class="axis" d="M0 40.5H300"/>
${[0, 6, 12, 18, 24].map((hour) => html`<text class="tick" x="${hour * 12.5}" y="53" text-anchor="${hour === 0 ? 'start' : hour === 24 ? 'end' : 'middle'}">${String(hour).padStart(2, '0')}</text>`)}
</svg>
<ul class="legend">${legend}</ul>
<p class="note">Refused: card declined, payment not confirmed in time, doctor full or unknown, or cancelled before the outcome.</p>
${figureValues(sorted.map(sayBin))}
</div>`;
}

/** How today's bookings fare, in figures and small charts. */
export function todayPanel(today: Today): Html {
  return html`<h2>Today <span class="aside">${sayDay(today.since)}, UTC</span></h2>
<div class="figures">${statusesFigure(today)}${lossesFigure(today)}${latencyFigure(today.latencies)}</div>`;
}

/** Says that bookings are stuck, where some are. */
export function stuckNotice({ stuck }: Today, most: number): Html {
  if (stuck === 0) return html``;
  const what = stuck === 1 ? '1 booking is stuck' : `${stuck}${stuck === most ? ' or more' : ''} bookings are stuck`;
  return html`<p class="notice tone-stuck">${mark('stuck')}<a href="/console?status=stuck">${what}: see what holds ${stuck === 1 ? 'it' : 'them'} up</a></p>`;
}
