import { type Html, html } from '@appointments/chassis';
import { mark } from './marks.ts';
import { capitalize, sayReason } from './plain-words.ts';
import type { FailedAttempt, Lane, TimelineEntry } from './timeline-entry.ts';
import { ROWS_BESIDE } from './timeline-rows.ts';
import { clockTime, fullTime, sayDuration } from './times.ts';

function failedAttempt({ number, afterMs, code }: FailedAttempt): Html {
  const after = afterMs !== null && html`<span class="number soft">after ${sayDuration(afterMs)}</span>`;
  return html`<li><span class="attempt-number">Attempt ${number}</span> ${sayReason(code)} ${after} <code>${code}</code></li>`;
}

// More than these push what matters off the screen.
const SHOWN_AT_ONCE = 4;
// In hundredths of a lane.
const LEAST_WIDTH = 1.5;

function attemptsOf(entry: TimelineEntry): Html | undefined {
  const { attempts = 0, failures = [], forgotten = 0, word } = entry;
  const last = failures.at(-1);
  // The entry itself shows a single one that failed.
  if (!last || (attempts === 1 && entry.kind === 'step')) return undefined;
  const list = html`<ol class="attempts">
${forgotten > 0 && html`<li class="soft">The first ${forgotten} attempts are no longer in the log.</li>`}
${failures.map(failedAttempt)}
${word === 'done' && html`<li><span class="attempt-number">Attempt ${attempts}</span> succeeded</li>`}</ol>`;
  if (failures.length <= SHOWN_AT_ONCE) return list;
  const count = failures.length + forgotten;
  return html`<details class="attempts-all"><summary>${count} attempts failed, the last because ${sayReason(last.code)}</summary>${list}</details>`;
}

/** When it ran, beside the others of its group: bars over the time that all of them took. */
function laneView({ from, to }: Lane): Html {
  // What took next to no time is seen all the same.
  const width = Math.max(LEAST_WIDTH, 100 * (to - from));
  const x = Math.min(100 * from, 100 - width);
  return html`<svg class="lane" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="trough" y="1.5" width="100" height="1"/><rect x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="4"/></svg>`;
}

function metaOf({ at, durationMs, service }: TimelineEntry, since: number): Html | undefined {
  if (at === null && durationMs === undefined && !service) return undefined;
  return html`<p class="entry-meta">${at !== null && clockTime(at, since)}${durationMs !== undefined && html`<span class="number">${sayDuration(durationMs)}</span>`}${service && html`<span>${service}</span>`}</p>`;
}

function entryItem(entry: TimelineEntry, since: number): Html {
  const { way, row, kind, title, word, detail, last, due, said, pivot, rail, lane } = entry;
  return html`<li class="entry ${way} ${kind} row-${row} tone-${entry.mark}${rail && ` ${rail}`}"><span class="node">${mark(entry.mark)}</span>
<div class="entry-text">
<h3>${title}${word && html`<span class="entry-word">${capitalize(word)}</span>`}</h3>
${metaOf(entry, since)}
${lane && laneView(lane)}
${detail && html`<p class="entry-detail">${detail}</p>`}
${[last, due].map((one) => one && html`<p class="entry-detail">${one.words} ${fullTime(one.at)}</p>`)}
${said && html`<p class="entry-said"><q><bdi>${said}</bdi></q></p>`}
${attemptsOf(entry)}
${pivot && html`<p class="pivot">${pivot}</p>`}
</div></li>`;
}

/** Where the way back alone has an entry, the way out goes on beside it. */
function gaps(entries: readonly TimelineEntry[], rows: number): Html[] {
  const out = entries.filter(({ way }) => way === 'out');
  const empty = Array.from({ length: rows }, (_, index) => index + 1).filter(
    (row) => !out.some((entry) => entry.row === row),
  );
  return empty.map((row) => {
    const { rail } = out.findLast((entry) => entry.row < row) ?? {};
    return html`<li class="entry out gap row-${row}${rail && ` ${rail}`}" aria-hidden="true"></li>`;
  });
}

/** What happened to a booking: down on the way out, and up again beside it where there is a way back. */
export function timelineView(entries: readonly TimelineEntry[]): Html {
  const rows = Math.max(...entries.map(({ row }) => row));
  const since = entries[0]?.at ?? 0;
  const items = entries.map((entry) => entryItem(entry, since));
  const returns = entries.some(({ way }) => way === 'back') && rows <= ROWS_BESIDE;
  if (!returns) return html`<ol class="timeline">${items}</ol>`;
  return html`<ol class="timeline rows-${rows} returns">${gaps(entries, rows)}${items}</ol>`;
}
