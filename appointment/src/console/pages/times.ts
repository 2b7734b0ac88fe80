import { type Html, html } from '@appointments/chassis';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' });
const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });

/** How long ago something was, in the fewest words. */
export function sayAgo(ms: number): string {
  if (ms < 5 * SECOND) return 'just now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return `${Math.floor(ms / DAY)} d ago`;
}

/** How long something took. */
export function sayDuration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(2)} s`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${Math.floor((ms % MINUTE) / SECOND)} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

const sayAbsolute = (at: number): string => `${absolute.format(at)} UTC`;

/** A day in words. */
export const sayDay = (at: number): string => day.format(at);

/** A time as how long ago it was; the script keeps it up to date. */
export function agoTime(at: number, now: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" title="${sayAbsolute(at)}" data-ago>${sayAgo(now - at)}</time>`;
}

/**
 * A time of the day, to the millisecond.
 *
 * @param since the date is said as well where it is not the date of this
 */
export function clockTime(at: number, since: number = at): Html {
  const iso = new Date(at).toISOString();
  const fraction = iso.slice(19, 23);
  return html`<time datetime="${iso}" title="${sayAbsolute(at)}"${form('second', since)}>${sayClock(at, since)}<span class="fraction">${fraction}</span></time>`;
}

/** A time of the day, to the second; `since` as above. */
export function secondTime(at: number, since: number = at): Html {
  return html`<time datetime="${new Date(at).toISOString()}" title="${sayAbsolute(at)}"${form('second', since)}>${sayClock(at, since)}</time>`;
}

/** A time of the day, to the minute. */
export function minuteTime(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}"${form('minute')}>${iso.slice(11, 16)}</time>`;
}

/** What clock times are by; the script puts another in its place where it tells them by that one. */
export const zone = html`<span class="zone">UTC</span>`;

/** How the script tells the time anew; `since` as above. */
const form = (name: 'full' | 'second' | 'minute', since?: number): Html =>
  html` data-form="${name}"${since !== undefined && html` data-since="${new Date(since).toISOString()}"`}`;

function sayClock(at: number, since: number): string {
  const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
  return `${dayOf(at) === dayOf(since) ? '' : `${shortDay.format(at)}, `}${clock.format(at)}`;
}

/** A moment in full. */
export function fullTime(at: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}"${form('full')}>${absolute.format(at)}</time> ${zone}`;
}
