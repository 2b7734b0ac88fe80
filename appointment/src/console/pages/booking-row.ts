import { type Html, html } from '@appointments/chassis';
import { maskCard } from '../../schema.ts';
import type { BookingRow } from '../booking-rows.ts';
import { listPath } from '../console-query.ts';
import { statusLabel } from './marks.ts';
import { agoTime, sayDuration, secondTime } from './times.ts';

const UNDER_WAY = new Set(['pending', 'requires_action', 'compensating', 'stuck', 'paused']);

// Roles are said aloud because a phone shows rows as cards, and browsers forget what a table is when it is laid out anew.
const cell = (name: string, label: string, content: Html | string) =>
  html`<td role="cell" class="${name}" data-label="${label}">${content}</td>`;

const why = ({ text, since }: NonNullable<BookingRow['reason']>, now: number): Html =>
  html`<span class="why"><bdi>${text}</bdi>${since !== undefined && html`, since ${secondTime(since, now)}`}</span>`;

/** One row of the list. */
export function bookingRow(row: BookingRow, now: number): Html {
  const took =
    UNDER_WAY.has(row.status) || row.status === 'cancelled' ? null : sayDuration(row.updatedAt - row.createdAt);
  return html`<tr role="row" data-id="${row.id}">
${cell('cell-status', 'Status', html`${statusLabel(row.status)}${row.reason && why(row.reason, now)}`)}
<th role="rowheader" scope="row" class="cell-name"><a href="/console/bookings/${row.id}"><bdi>${row.name}</bdi></a></th>
${cell('cell-doctor', 'Doctor', html`<a href="${listPath({ doctor: row.doctor })}" title="Bookings with this doctor"><bdi>${row.doctor}</bdi></a>`)}
${cell('cell-day', 'Appointment', html`<span class="number">${row.date}</span>${row.time && html` <span class="slot">${row.time}</span>`}`)}
${cell('cell-fee number', 'Fee', row.fee ?? html`<span class="none">–<span class="unseen">none</span></span>`)}
${cell('cell-card number', 'Card', maskCard(row.cardLastFour) ?? 'Token')}
${cell('cell-requested', 'Requested', agoTime(row.createdAt, now))}
${cell('cell-took number', 'Took', took ?? html`<span class="none">–<span class="unseen">not known</span></span>`)}
</tr>`;
}
