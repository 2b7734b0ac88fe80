import { type Html, html } from '@appointments/chassis';
import type { SagaRecord, SagaStatus } from 'durable-saga';

interface ActionsData {
  booking: { id: string };
  saga: SagaRecord;
  /** Whether who looks at it may change it. */
  mayAct: boolean;
  csrf: string;
}

const formOf = ({ booking, csrf }: ActionsData, action: string, content: Html, kind: string): Html =>
  html`<form method="post" action="/console/bookings/${booking.id}/${action}" class="${kind}">
<input type="hidden" name="csrf" value="${csrf}">${content}</form>`;

const reasonField = (action: string, isRequired: boolean): Html =>
  html`<label for="reason-${action}">Reason</label><input id="reason-${action}" name="reason" maxlength="500" dir="auto" autocomplete="off"${isRequired && html` required`}>`;

function cancelForm(data: ActionsData): Html | false {
  // One that is undone already has its outcome.
  if (data.saga.goal !== 'complete') return false;
  const { fee, time } = (data.saga.result ?? {}) as Record<string, string | undefined>;
  const isConfirmed = data.saga.status === 'completed';
  const what = isConfirmed
    ? `This refunds ${fee ?? 'the fee'} and gives the slot${time ? ` at ${time}` : ''} to others.`
    : 'This undoes what was done: the payment is called off, or refunded where it was made, and the slot is given to others.';
  const form = html`<p>${what} It cannot be taken back.</p>
${reasonField('cancellation', true)}<button class="danger">${isConfirmed ? 'Refund and release' : 'Cancel and undo'}</button>`;
  return html`<details class="confirm"><summary>Cancel this booking…</summary>
${formOf(data, 'cancellation', form, 'act')}</details>`;
}

function pauseForm(data: ActionsData): Html {
  const form = html`<p>Nothing more is done for it until it is resumed. A card number is forgotten with that.</p>
${reasonField('pause', false)}<button>Pause</button>`;
  return html`<details class="confirm"><summary>Pause this booking…</summary>${formOf(data, 'pause', form, 'act')}</details>`;
}

const retryForm = (data: ActionsData): Html =>
  formOf(
    data,
    'retry',
    html`<p>It is tried again by itself every few seconds. When what held it up is mended, you need not wait.</p>
<button class="primary">Retry now</button>`,
    'retry',
  );

const resumeForm = (data: ActionsData): Html =>
  formOf(data, 'resume', html`<p>It goes on from where it was.</p><button class="primary">Resume</button>`, 'retry');

const ACTIONS: Partial<Record<SagaStatus, ReadonlyArray<(data: ActionsData) => Html | false>>> = {
  completed: [cancelForm],
  stuck: [retryForm, pauseForm, cancelForm],
  waiting: [pauseForm, cancelForm],
  paused: [resumeForm, cancelForm],
};

/** What can be done with a booking in the state it is in, by who may act; empty where nothing can. */
export function bookingActions(data: ActionsData): Html {
  const forms = data.mayAct ? ACTIONS[data.saga.status] : undefined;
  return forms ? html`<h2>What you can do</h2>${forms.map((form) => form(data))}` : html``;
}
