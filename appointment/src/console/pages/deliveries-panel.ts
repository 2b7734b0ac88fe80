import { type Html, html } from '@appointments/chassis';
import type { PresentedDelivery } from '../../webhooks/present-delivery.ts';
import { type Mark, mark } from './marks.ts';
import { capitalize } from './plain-words.ts';
import { secondTime } from './times.ts';

const STATUSES: Record<PresentedDelivery['status'], { mark: Mark; name: string }> = {
  pending: { mark: 'pending', name: 'Pending' },
  delivered: { mark: 'confirmed', name: 'Delivered' },
  failed: { mark: 'failed', name: 'Failed' },
  // What waited for its next try, and was sent again as another.
  cancelled: { mark: 'cancelled', name: 'Replaced' },
};

const REASONS: Record<string, string> = {
  gone: 'the receiver is gone for good',
  given_up: 'given up after three days',
  endpoint_removed: 'the receiver is no longer configured',
  timeout: 'no response in time',
  receiver_hangs: 'held back while it hangs',
  refused: 'could not be reached',
  reset: 'the connection broke off',
  not_resolved: 'its name was not found',
  tls_failed: 'no secure connection',
  private_address: 'its address is private',
};

const say = (code: string): string => REASONS[code] ?? code.replaceAll('_', ' ');

const nothing = (why: string) => html`<span class="none">–<span class="unseen">${why}</span></span>`;

function lastResponse({ tries }: PresentedDelivery): Html | string {
  const last = tries.findLast(({ endedAt }) => endedAt !== null);
  if (!last) return nothing('not yet');
  if (last.status !== null) return html`<span class="number">HTTP ${last.status}</span>`;
  return capitalize(say(last.code ?? 'reset'));
}

function nextTry({ nextTryAt, createdAt, status }: PresentedDelivery): Html | string {
  if (nextTryAt !== null) return secondTime(Date.parse(nextTryAt), Date.parse(createdAt));
  return status === 'pending' ? 'Under way' : nothing('none');
}

function sendAgainForm({ id, event, receiver }: PresentedDelivery, bookingId: string, csrf: string): Html {
  return html`<form method="post" action="/console/bookings/${bookingId}/resend">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="delivery" value="${id}">
<button class="quiet">Send again<span class="unseen">: ${event} to ${receiver}</span></button></form>`;
}

// Roles are said aloud because a phone shows rows as cards, and browsers forget what a table is when it is laid out anew.
const cell = (name: string, label: string, content: Html | string | false) =>
  html`<td role="cell" class="${name}" data-label="${label}">${content}</td>`;

function deliveryRow(delivery: PresentedDelivery, form: Html | false): Html {
  const { event, receiver, status, code, tries } = delivery;
  const { mark: shape, name } = STATUSES[status];
  return html`<tr role="row">
<th role="rowheader" scope="row" class="cell-event">${event}</th>
${cell('cell-receiver', 'Receiver', html`<bdi>${receiver}</bdi>`)}
${cell('cell-status', 'Status', html`<span class="status tone-${shape}">${mark(shape)}<span>${name}</span></span>${code !== null && html`<span class="why">${capitalize(say(code))}</span>`}`)}
${cell('cell-tries number', 'Tries', String(tries.length))}
${cell('cell-response', 'Last response', lastResponse(delivery))}
${cell('cell-next number', 'Next try', nextTry(delivery))}
${cell('cell-again', '', form)}
</tr>`;
}

const COLUMNS = ['Event', 'Receiver', 'Status', 'Tries', 'Last response', 'Next try'];

/**
 * What receivers of webhooks were told of a booking; nothing where nobody was told. The last delivery of each event can be sent
 * again.
 *
 * @param csrf left out where who looks at it may not
 */
export function deliveriesPanel(
  deliveries: readonly PresentedDelivery[],
  bookingId: string,
  csrf: string | undefined,
): Html {
  if (deliveries.length === 0) return html``;
  const lastOf = new Map(deliveries.map((delivery) => [delivery.webhookId, delivery]));
  const rows = deliveries.map((delivery) => {
    const canBeSent = csrf !== undefined && lastOf.get(delivery.webhookId) === delivery;
    return deliveryRow(delivery, canBeSent && sendAgainForm(delivery, bookingId, csrf));
  });
  return html`<h2>Webhooks <span class="aside">what others were told</span></h2>
<table class="deliveries" role="table" aria-label="Webhook deliveries">
<thead role="rowgroup"><tr role="row">${COLUMNS.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}<th role="columnheader" scope="col"><span class="unseen">Repeat</span></th></tr></thead>
<tbody role="rowgroup">${rows}</tbody></table>`;
}
