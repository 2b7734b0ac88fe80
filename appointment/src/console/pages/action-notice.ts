import { type Html, html } from '@appointments/chassis';
import type { SagaRecord } from 'durable-saga';
import { toBookingStatus } from '../../present-booking.ts';
import type { DoneAction } from '../done-action.ts';
import { decider, sayCancelled } from './payment-words.ts';
import { capitalize, STATUS_WORDS, sayReason, sayStep } from './plain-words.ts';
import { causeOf } from './trouble.ts';

const DONE: Record<Exclude<DoneAction['action'], 'retries'>, string> = {
  cancellation: 'The cancellation holds.',
  retry: 'The booking was tried again.',
  pause: 'The booking is paused.',
  resume: 'The booking was resumed.',
  resend: 'The event is sent again.',
};

/** Why it got no further, such as "Payment: the service could not be reached". */
function sayStuck(saga: SagaRecord): string {
  const { reason } = saga;
  if (!reason) return 'it made no progress';
  const service = reason.step === null ? '' : sayStep(reason.step).service;
  return `${service && `${service}: `}${sayReason(causeOf(saga, reason.code))}`;
}

function whatComesNext(saga: SagaRecord): string {
  if (saga.status === 'stuck') {
    return `It got no further: ${sayStuck(saga)}. It is tried again by itself every few seconds, whether this page is open or not.`;
  }
  if (saga.status === 'paused') return 'Nothing more is done for it until it is resumed.';
  if (saga.status === 'waiting') return `It waits for the ${decider(saga.steps)}.`;
  const status = toBookingStatus(saga.status);
  if (status === 'pending' || status === 'compensating') return 'It goes on; this page shows how.';
  const meaning = status === 'cancelled' ? sayCancelled(saga) : STATUS_WORDS[status].meaning;
  return `${STATUS_WORDS[status].name}: ${meaning}`;
}

// Where the focus is, so that it is read out after the title.
const notice = (words: string): Html =>
  html`<p id="done" class="done" role="status" tabindex="-1" autofocus>${words}</p>`;

/** Says what a form has done to a booking, and what happens next. */
export function actionNotice({ action }: DoneAction, saga: SagaRecord): Html {
  if (action === 'retries') return html``;
  if (action === 'resend') return notice(`${DONE.resend} Its row below shows how it fares.`);
  return notice(`${DONE[action]} ${whatComesNext(saga)}`);
}

/** The same for all that were stuck. */
export function retriesNotice({ action, count }: DoneAction): Html {
  if (action !== 'retries') return html``;
  const what = count === undefined ? 'all that are stuck' : count === 1 ? '1 booking' : `${count} bookings`;
  if (count === 0) return notice('No booking was stuck any more.');
  return notice(
    `${capitalize(what)} ${count === 1 ? 'is' : 'are'} tried again. What gets through leaves this list by itself; what does not is tried again every few seconds.`,
  );
}
