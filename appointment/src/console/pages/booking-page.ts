import { type Html, html } from '@appointments/chassis';
import { outcomeOf, type SagaRecord } from 'durable-saga';
import type { Booking } from '../../booking-store.ts';
import { nextAction, replyTo, toBookingStatus } from '../../present-booking.ts';
import { maskCard } from '../../schema.ts';
import type { PresentedDelivery } from '../../webhooks/present-delivery.ts';
import { listPath } from '../console-query.ts';
import { bookingActions } from './booking-actions.ts';
import { copyButton } from './copy-button.ts';
import { deliveriesPanel } from './deliveries-panel.ts';
import { headline } from './headline.ts';
import { statusLabel } from './marks.ts';
import { page } from './page.ts';
import { STATUS_WORDS } from './plain-words.ts';
import { escapeDirecting, isolated } from './text-direction.ts';
import { timelineOf } from './timeline.ts';
import { timelineView } from './timeline-view.ts';
import { agoTime, fullTime, zone } from './times.ts';

export interface BookingPageData {
  booking: Booking;
  saga: SagaRecord;
  /** Whether who looks at it may change it. */
  mayAct: boolean;
  /** Of webhooks, in the order in which they began. */
  deliveries: readonly PresentedDelivery[];
  now: number;
  csrf: string;
  /** How long a cardholder has for confirming a payment, in milliseconds. */
  actionTimeoutMs: number;
  /** The address of its trace; undefined where none is known. */
  traceUrl: string | undefined;
}

type Results = Record<string, string | undefined>;

const fact = (name: string, content: Html | string | undefined) =>
  content !== undefined && html`<div><dt>${name}</dt><dd>${content}</dd></div>`;

function state({ saga, now, actionTimeoutMs }: BookingPageData): Html {
  const status = toBookingStatus(saga.status);
  return html`<p class="state">${statusLabel(status)} <span class="headline">${headline(saga, now, actionTimeoutMs)}</span> <span class="soft">Changed ${agoTime(saga.updatedAt, now)}.</span></p>`;
}

/** Where the cardholder confirms the payment; undefined where nobody waits for that. */
function cardholdersPage(saga: SagaRecord): Html | undefined {
  const url = nextAction(saga)?.url;
  // A browser runs what other schemes hold.
  if (url === undefined || !/^https?:\/\//i.test(url)) return undefined;
  return html`<a href="${url}" rel="noopener noreferrer">The cardholder's page</a>`;
}

function facts({ booking, saga, mayAct, traceUrl }: BookingPageData): Html {
  const resultOf = (step: string) => (saga.steps.find(({ name }) => name === step)?.result ?? {}) as Results;
  const result = { ...resultOf('reserve'), ...resultOf('pay'), ...(saga.result as Results | null) };
  const id = (text: string | undefined, what: string) =>
    text === undefined ? undefined : html`<code>${text}</code> ${copyButton(text, what)}`;
  const number = (text: string | undefined) =>
    text === undefined ? undefined : html`<span class="number">${text}</span>`;
  return html`<dl class="facts">
${fact('Doctor', html`<a href="${listPath({ doctor: booking.doctor })}"><bdi>${booking.doctor}</bdi></a>`)}
${fact('Day', number(booking.date))}${fact('Time', number(result.time))}${fact('Fee', number(result.fee))}
${fact('Card', number(maskCard(booking.card_last_four) ?? 'Token'))}${fact('Appointment', id(result.appointmentId, 'the appointment id'))}
${fact('Payment', id(result.payment_id, 'the payment id'))}
${mayAct && fact('To confirm', cardholdersPage(saga))}${fact('Requested', fullTime(saga.createdAt))}${traceUrl !== undefined && fact('Trace', html`<a href="${traceUrl}" rel="noreferrer">What the services did</a>`)}</dl>`;
}

/** Whether the client was told at first that the booking goes on: it asked for that, or its cardholder had to confirm. */
function wasAccepted({ input, steps }: SagaRecord): boolean {
  const { respondAsync } = (input ?? {}) as { respondAsync?: boolean };
  return respondAsync === true || steps.some(({ name }) => name === 'announce action');
}

function replyPart({ booking, saga }: BookingPageData): Html {
  const outcome = outcomeOf(saga);
  const accepted = wasAccepted(saga) && 'The client was answered HTTP 202 at first. ';
  if (!outcome) return html`<h2>Reply</h2><p class="note">${accepted}The outcome is not known yet.</p>`;
  const { status, body } = replyTo(booking, outcome);
  const text = JSON.stringify(JSON.parse(body), null, 2);
  return html`<h2>Reply <span class="aside">HTTP ${status}</span></h2>
${accepted && html`<p class="note">${accepted}This is what it gets when it asks again with its key.</p>`}
<pre tabindex="0" aria-label="The body of the reply"><code>${escapeDirecting(text)}</code></pre>`;
}

/** The parts of the page that change by themselves, by the id of the element each goes into. */
export function bookingParts(data: BookingPageData): Record<string, Html> {
  return {
    state: state(data),
    facts: facts(data),
    timeline: timelineView(timelineOf(data.saga, data.actionTimeoutMs)),
    actions: bookingActions(data),
    reply: replyPart(data),
    webhooks: deliveriesPanel(data.deliveries, data.booking.id, data.mayAct ? data.csrf : undefined),
  };
}

/**
 * One booking: what it is, what happened to it, and what can be done with it.
 *
 * @param notice of what a form has just done
 */
export function bookingPage(data: BookingPageData, notice?: Html): Html {
  const { booking, now, csrf } = data;
  const parts = bookingParts(data);
  const main = html`<div class="crumbs"><nav aria-label="Back"><a href="/console">← All bookings</a></nav>
<p class="soft">Booking <code>${booking.id}</code> ${copyButton(booking.id, 'the booking id')} <a href="/console/bookings/${booking.id}/json">JSON</a></p></div>
<h1 tabindex="-1"><bdi>${booking.name}</bdi></h1>
${notice}
<div id="state">${parts.state}</div>
<div id="facts">${parts.facts}</div>
<div class="history">
<section id="actions" aria-label="What can be done">${parts.actions}</section>
<section class="history-main" aria-labelledby="history-title"><h2 id="history-title">What happened <span class="aside">times in ${zone}</span></h2>
<div id="timeline">${parts.timeline}</div></section>
<section id="reply" aria-label="The client's reply">${parts.reply}</section>
</div>
<section id="webhooks" aria-label="Webhooks">${parts.webhooks}</section>`;
  const events = `/console/events?${new URLSearchParams({ since: String(now), booking: booking.id })}`;
  return page({
    title: `${isolated(booking.name)}, ${STATUS_WORDS[toBookingStatus(data.saga.status)].name.toLowerCase()}`,
    main,
    csrf,
    events,
  });
}
