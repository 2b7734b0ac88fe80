import { type Html, html } from '../html.ts';
import { mark } from './marks.ts';
import { capitalize, sayReason } from './plain-words.ts';
import type { FailedAttempt, TimelineEntry } from './timeline-entry.ts';
import { clockTime, sayDuration } from './times.ts';

function failedAttempt({ number, afterMs, code }: FailedAttempt): Html {
  const after = afterMs !== null && html`<span class="number soft">after ${sayDuration(afterMs)}</span>`;
  return html`<li><span class="attempt-number">Attempt ${number}</span> ${sayReason(code)} ${after} <code>${code}</code></li>`;
}

// More than these push what matters off the screen.
const SHOWN_AT_ONCE = 4;

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

function entryItem(entry: TimelineEntry): Html {
  const { way, row, kind, title, word, detail, service, at, durationMs } = entry;
  return html`<li class="entry ${way} ${kind} row-${row} tone-${entry.mark}"><span class="node">${mark(entry.mark)}</span>
<div class="entry-text">
<h3>${title}${word && html`<span class="entry-word">${capitalize(word)}</span>`}</h3>
${(at !== null || service) && html`<p class="entry-meta">${at !== null && clockTime(at)}${durationMs !== undefined && html`<span class="number">${sayDuration(durationMs)}</span>`}${service && html`<span>${service}</span>`}</p>`}
${detail && html`<p class="entry-detail">${detail}</p>`}
${attemptsOf(entry)}
</div></li>`;
}

/** What happened to a booking: down on the way out, and up again beside it where there is a way back. */
export function timelineView(entries: readonly TimelineEntry[]): Html {
  const rows = Math.max(...entries.map(({ row }) => row));
  const returns = entries.some(({ way }) => way === 'back');
  return html`<ol class="timeline rows-${rows}${returns && ' returns'}">${entries.map(entryItem)}</ol>`;
}
