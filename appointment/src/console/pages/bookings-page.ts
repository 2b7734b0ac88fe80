import { type Html, html } from '@appointments/chassis';
import type { BookingFilter } from '../../booking-filter.ts';
import { bookingStatus } from '../../schema.ts';
import type { RowPage } from '../booking-rows.ts';
import { csvPath, filterEntries, listPath } from '../console-query.ts';
import type { PeerState } from '../peer-states.ts';
import { MAX_STUCK, type Today } from '../today.ts';
import { bookingRow } from './booking-row.ts';
import { page } from './page.ts';
import { peersPanel } from './peers-panel.ts';
import { STATUS_WORDS } from './plain-words.ts';
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
  /** Where the reader has reached this service. */
  host: string;
}

/** The parts of the page that change by themselves, by the id of the element each goes into. */
export function listParts({ today, peers }: Surroundings): Record<string, Html> {
  return { today: todayPanel(today), peers: peersPanel(peers), stuck: stuckNotice(today, MAX_STUCK) };
}

function search(filter: BookingFilter, hidden: boolean): Html {
  const { q, status, doctor, from, to } = filter;
  const isSearched = q || doctor || from || to;
  return html`<form action="/console" role="search" aria-label="Search bookings" class="fields filters"${hidden && html` hidden`}>
${status && html`<input type="hidden" name="status" value="${status}">`}
<label for="q">Patient or id</label><input id="q" name="q" value="${q ?? ''}" dir="auto" maxlength="100" spellcheck="false" autocomplete="off" placeholder="Booking, appointment, payment">
<label for="doctor">Doctor</label><input id="doctor" name="doctor" value="${doctor ?? ''}" dir="auto" maxlength="100" placeholder="Any">
<label for="from">Requested from</label><input id="from" name="from" type="date" value="${from ?? ''}">
<label for="to">to</label><input id="to" name="to" type="date" value="${to ?? ''}">
<button>Search</button>${isSearched && html` <a href="${listPath({ status })}">Clear</a>`}</form>`;
}

function statusTabs({ status, ...others }: BookingFilter, hidden: boolean): Html {
  const link = (value: BookingFilter['status'], name: string) =>
    html`<li><a href="${listPath({ ...others, status: value })}"${value === status && html` aria-current="true"`}>${name}</a></li>`;
  const links = bookingStatus.options.map((value) => link(value, STATUS_WORDS[value].name));
  return html`<nav class="filters" aria-label="Filter by status"${hidden && html` hidden`}><ul class="tabs">${link(undefined, 'All')}${links}</ul></nav>`;
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

function nothing({ filter, before, page: { cutShort }, host }: BookingsPageData): Html {
  if (cutShort)
    return html`<div class="empty" id="nothing"><p>None among the bookings looked through so far.</p></div>`;
  if (isFiltered(filter) || before) {
    const { q, status, doctor } = filter;
    return html`<div class="empty" id="nothing"><p>No ${status && STATUS_WORDS[status].name.toLowerCase()} booking${q && html` for <bdi>${q}</bdi>`}${doctor && html` with <bdi>${doctor}</bdi>`}${(filter.from || filter.to) && ' on these days'}${before && ' before these'}. <a href="/console">Show all</a></p></div>`;
  }
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
  const { filter, before, page: rowPage, now, csrf, mayAct } = data;
  const parts = listParts(data);
  const part = (name: string) => html`<section id="${name}" class="${name}">${parts[name]}</section>`;
  const newest = rowPage.rows[0];
  const isFirst = rowPage.rows.length === 0 && !isFiltered(filter) && !before;
  const main = html`<h1 class="unseen">Bookings console</h1>
${part('stuck')}${part('today')}${part('peers')}
<section class="list" aria-labelledby="list-title">
<div class="list-head"><h2 id="list-title">Bookings <span class="aside">${before && newest ? html`from ${agoTime(newest.createdAt, now)} back` : 'newest first'}</span></h2>${rowPage.rows.length > 0 && html`<a href="${csvPath(filter)}" download>CSV of all of these</a>`}</div>
${search(filter, isFirst)}
${statusTabs(filter, isFirst)}
${mayAct && filter.status === 'stuck' && rowPage.rows.length > 0 && retryAllForm(csrf)}
${table(rowPage.rows, now)}
${rowPage.rows.length === 0 && nothing(data)}
${paging(data)}
</section>`;
  const query = new URLSearchParams({ since: String(now), ...filterEntries(filter) });
  if (before) query.set('older', '1');
  return page({ title: 'Bookings', main, csrf, events: `/console/events?${query}` });
}
