import { type Html, html } from '@appointments/chassis';
import type { BookingFilter } from '../../booking-filter.ts';
import { bookingOutcome, bookingStatus } from '../../schema.ts';
import type { RowPage } from '../booking-rows.ts';
import { csvPath, filterEntries, listPath } from '../console-query.ts';
import type { PeerState } from '../peer-states.ts';
import { MAX_STUCK, type Today } from '../today.ts';
import { bookingRow } from './booking-row.ts';
import { page } from './page.ts';
import { peersPanel } from './peers-panel.ts';
import { OUTCOME_NAMES, STATUS_WORDS } from './plain-words.ts';
import { agoTime } from './times.ts';
import { stuckNotice, todayPanel } from './today-panel.ts';

interface Surroundings {
  today: Today;
  peers: readonly PeerState[];
  now: number;
}

export interface BookingsPageData extends Surroundings {
  filter: BookingFilter;
  before: string | undefined;
  page: RowPage;
  csrf: string;
  /** Whether who looks at it may change bookings. */
  mayAct: boolean;
  /** Whether test bookings can be made. */
  offersTest: boolean;
  /** Of what a form has just done. */
  notice: Html | undefined;
  /** Where the reader has reached this service. */
  host: string;
}

/** The parts of the page that change by themselves, by the id of the element each goes into. */
export function listParts({ today, peers }: Surroundings): Record<string, Html> {
  return { today: todayPanel(today), peers: peersPanel(peers), stuck: stuckNotice(today, MAX_STUCK) };
}

function search(filter: BookingFilter, hidden: boolean): Html {
  const { q, status, outcome, doctor, from, to } = filter;
  const isSearched = q || doctor || from || to;
  return html`<form action="/console" role="search" aria-label="Search bookings" class="fields filters"${hidden && html` hidden`}>
${status && html`<input type="hidden" name="status" value="${status}">`}${outcome && html`<input type="hidden" name="outcome" value="${outcome}">`}
<label for="q">Patient or id</label><input id="q" name="q" value="${q ?? ''}" dir="auto" maxlength="100" spellcheck="false" autocomplete="off" placeholder="Name, or any id">
<label for="doctor">Doctor</label><input id="doctor" name="doctor" value="${doctor ?? ''}" dir="auto" maxlength="100" placeholder="Any">
<label for="from">Requested from</label><input id="from" name="from" type="date" value="${from ?? ''}">
<label for="to">to</label><input id="to" name="to" type="date" value="${to ?? ''}">
<button>Search</button>${isSearched && html` <a href="${listPath({ status, outcome })}">Clear</a>`}</form>`;
}

function tabs({ status, outcome, ...others }: BookingFilter, hidden: boolean): Html {
  const link = (value: Pick<BookingFilter, 'status' | 'outcome'>, name: string) => {
    const isCurrent = value.status === status && value.outcome === outcome;
    return html`<li><a href="${listPath({ ...others, ...value })}"${isCurrent && html` aria-current="true"`}>${name}</a></li>`;
  };
  const statuses = bookingStatus.options.map((value) => link({ status: value }, STATUS_WORDS[value].name));
  // The confirmed have a tab already, but for those that were cancelled later.
  const outcomes = bookingOutcome.options.filter((value) => value !== 'confirmed' || value === outcome);
  const links = [...statuses, ...outcomes.map((value) => link({ outcome: value }, OUTCOME_NAMES[value]))];
  return html`<nav class="filters" aria-label="Filter by status or outcome"${hidden && html` hidden`}><ul class="tabs">${link({}, 'All')}${links}</ul></nav>`;
}

const COLUMNS = ['Status', 'Patient', 'Doctor', 'Appointment', 'Fee', 'Card', 'Requested', 'Took'];

function table(rows: RowPage['rows'], now: number): Html {
  const head = COLUMNS.map(
    (name) => html`<th role="columnheader" scope="col" class="head-${name.toLowerCase()}">${name}</th>`,
  );
  return html`<table role="table" id="bookings" aria-labelledby="list-title"${rows.length === 0 && html` hidden`}>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => bookingRow(row, now))}</tbody></table>`;
}

const firstBooking = (
  host: string,
) => `curl -H 'Content-Type:application/json' http://${host}/doctorAppoinment/reservation \\
  --data '{"name":"Thomas Colins", "doctor":"John Doe", "date":"30-09-2019", "cardNum":"1234567"}'`;

const isFiltered = (filter: BookingFilter): boolean => Object.keys(filterEntries(filter)).length > 0;

const isBackwards = ({ from, to }: BookingFilter): boolean => from !== undefined && to !== undefined && from > to;

/** What stands in the place of the rows where there are none; the script shows it when the last one goes. */
function nothing({ filter, before, page: { rows, cutShort }, host }: BookingsPageData): Html {
  const hidden = rows.length > 0 && html` hidden`;
  if (cutShort)
    return html`<div class="empty" id="nothing"${hidden}><p>None among the bookings looked through so far.</p></div>`;
  if (isFiltered(filter) || before) {
    const { q, status, outcome, doctor } = filter;
    return html`<div class="empty" id="nothing"${hidden}><p>No ${status && STATUS_WORDS[status].name.toLowerCase()} booking${outcome && ` that was ${outcome}`}${q && html` for <bdi>${q}</bdi>`}${doctor && html` with <bdi>${doctor}</bdi>`}${(filter.from || filter.to) && ' on these days'}${before && ' before these'}.${isBackwards(filter) && ' The first of these days is after the last.'} <a href="/console">Show all</a></p></div>`;
  }
  if (hidden) return html``;
  return html`<div class="empty first" id="nothing"><h3>No bookings yet</h3>
<p>Leave this page open and send the first one. It appears here by itself.</p>
<pre tabindex="0" aria-label="A request to send"><code>${firstBooking(host)}</code></pre></div>`;
}

function paging({ filter, before, page: { next, cutShort } }: BookingsPageData): Html {
  const older = cutShort ? 'Look further back' : 'Older';
  if (!before && !next) return html``;
  return html`<nav class="paging" aria-label="Pages">
${before && html`<a href="${listPath(filter)}">↑ Newest</a>`}
${next && html`<a href="${listPath(filter, next)}" rel="next">${older} ↓</a>`}</nav>`;
}

const retryAllForm = (csrf: string): Html =>
  html`<form method="post" action="/console/retries" class="retry"><input type="hidden" name="csrf" value="${csrf}"><p>Each is tried again by itself every few seconds. When what held them up is mended, you need not wait.</p><button class="primary">Retry all that are stuck</button></form>`;

/** The list of bookings, with how they fare today above it. */
export function bookingsPage(data: BookingsPageData): Html {
  const { filter, before, page: rowPage, now, csrf, mayAct, offersTest, notice } = data;
  const parts = listParts(data);
  const part = (name: string) => html`<section id="${name}" class="${name}">${parts[name]}</section>`;
  const newest = rowPage.rows[0];
  const isFirst = rowPage.rows.length === 0 && !isFiltered(filter) && !before;
  const main = html`<h1 class="unseen">Bookings console</h1>
${notice}${part('stuck')}${part('today')}${part('peers')}
<section class="list" aria-labelledby="list-title">
<div class="list-head"><h2 id="list-title" tabindex="-1">Bookings <span class="aside">${before && newest ? html`from ${agoTime(newest.createdAt, now)} back` : 'newest first'}</span></h2><div class="list-end">${rowPage.rows.length > 0 && html`<a href="${csvPath(filter)}" download>CSV of all of these</a>`}<button type="button" id="new" class="new" hidden></button>${offersTest && html`<a href="/console/test-booking">Send a test booking</a>`}</div></div>
${search(filter, isFirst)}
${tabs(filter, isFirst)}
<div id="page-of-rows">${mayAct && filter.status === 'stuck' && rowPage.rows.length > 0 && retryAllForm(csrf)}
${table(rowPage.rows, now)}
${nothing(data)}
${paging(data)}</div>
</section>`;
  const query = new URLSearchParams({ since: String(now), ...filterEntries(filter) });
  if (before) query.set('older', '1');
  return page({ title: 'Bookings', main, csrf, events: `/console/events?${query}` });
}
