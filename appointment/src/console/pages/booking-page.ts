import { type Html, html } from '@appointments/chassis';
import { outcomeOf, type SagaRecord, type SagaStatus } from 'durable-saga';
import type { Booking } from '../../booking-store.ts';
import { replyTo, toBookingStatus } from '../../present-booking.ts';
import { maskCard } from '../../schema.ts';
import type { PresentedDelivery } from '../../webhooks/present-delivery.ts';
import { listPath } from '../console-query.ts';
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
  /** The address of its trace; undefined where none is known. */
  traceUrl: string | undefined;
}

type Results = Record<string, string | undefined>;

const fact = (name: string, content: Html | string | undefined) =>
  content !== undefined && html`<div><dt>${name}</dt><dd>${content}</dd></div>`;

function state({ saga, now }: BookingPageData): Html {
  const status = toBookingStatus(saga.status);
  return html`<p class="state">${statusLabel(status)} <span class="headline">${headline(saga, now)}</span> <span class="soft">Changed ${agoTime(saga.updatedAt, now)}.</span></p>`;
}

function facts({ booking, saga, traceUrl }: BookingPageData): Html {
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
${fact('Requested', fullTime(saga.createdAt))}${traceUrl !== undefined && fact('Trace', html`<a href="${traceUrl}" rel="noreferrer">What the services did</a>`)}</dl>`;
}

const formOf = ({ booking, csrf }: BookingPageData, action: string, content: Html, kind: string): Html =>
  html`<form method="post" action="/console/bookings/${booking.id}/${action}" class="${kind}">
<input type="hidden" name="csrf" value="${csrf}">${content}</form>`;

const reasonField = (action: string, isRequired: boolean): Html =>
  html`<label for="reason-${action}">Reason</label><input id="reason-${action}" name="reason" maxlength="500" dir="auto" autocomplete="off"${isRequired && html` required`}>`;

function cancelForm(data: BookingPageData): Html {
  const { fee, time } = (data.saga.result ?? {}) as Record<string, string | undefined>;
  const form = html`<p>This refunds ${fee ?? 'the fee'} and gives the slot${time && ` at ${time}`} to others. It cannot be taken back.</p>
${reasonField('cancellation', true)}<button class="danger">Refund and release</button>`;
  return html`<details class="confirm"><summary>Cancel this booking…</summary>
${formOf(data, 'cancellation', form, 'act')}</details>`;
}

function pauseForm(data: BookingPageData): Html {
  const form = html`<p>Nothing more is done for it until it is resumed. A card number is forgotten with that.</p>
${reasonField('pause', false)}<button>Pause</button>`;
  return html`<details class="confirm"><summary>Pause this booking…</summary>${formOf(data, 'pause', form, 'act')}</details>`;
}

const retryForm = (data: BookingPageData): Html =>
  formOf(
    data,
    'retry',
    html`<p>It is tried again by itself every few seconds. When what held it up is mended, you need not wait.</p>
<button class="primary">Retry now</button>`,
    'retry',
  );

const resumeForm = (data: BookingPageData): Html =>
  formOf(data, 'resume', html`<p>It goes on from where it was.</p><button class="primary">Resume</button>`, 'retry');

const ACTIONS: Partial<Record<SagaStatus, ReadonlyArray<(data: BookingPageData) => Html>>> = {
  completed: [cancelForm],
  stuck: [retryForm, pauseForm],
  waiting: [pauseForm],
  paused: [resumeForm],
};

function actions(data: BookingPageData): Html {
  const forms = data.mayAct ? ACTIONS[data.saga.status] : undefined;
  return forms ? html`<h2>What you can do</h2>${forms.map((form) => form(data))}` : html``;
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
    timeline: timelineView(timelineOf(data.saga)),
    actions: actions(data),
    reply: replyPart(data),
    webhooks: deliveriesPanel(data.deliveries, data.booking.id, data.mayAct ? data.csrf : undefined),
  };
}

/** One booking: what it is, what happened to it, and what can be done with it. */
export function bookingPage(data: BookingPageData): Html {
  const { booking, now, csrf } = data;
  const parts = bookingParts(data);
  const main = html`<div class="crumbs"><nav aria-label="Back"><a href="/console">← All bookings</a></nav>
<p class="soft">Booking <code>${booking.id}</code> ${copyButton(booking.id, 'the booking id')} <a href="/console/bookings/${booking.id}/json">JSON</a></p></div>
<h1 tabindex="-1"><bdi>${booking.name}</bdi></h1>
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
