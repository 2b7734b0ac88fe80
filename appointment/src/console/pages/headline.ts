import { type Html, html } from '@appointments/chassis';
import type { Move, SagaRecord } from 'durable-saga';
import { stuckReason, toBookingStatus } from '../../present-booking.ts';
import { calledOffAt } from './payment-wait.ts';
import { decider, sayCancelled, sayStepAmong } from './payment-words.ts';
import { capitalize, STATUS_WORDS, sayActor, sayReason, sayStep } from './plain-words.ts';
import { sayDuration, secondTime, zone } from './times.ts';
import { feeAtStake, type SagaState, type Trouble, troubleOf } from './trouble.ts';

/** When the next try begins. */
function next({ worker, dueAt }: SagaState, now: number): Html | string {
  if (worker !== null) return 'being tried now';
  if (dueAt === null) return 'no next try';
  if (dueAt <= now) return 'next at once';
  return html`next in ${sayWait(dueAt - now)}`;
}

const sayWait = (ms: number): string => (ms < 60_000 ? `${Math.ceil(ms / 1_000)} s` : sayDuration(ms));

const sayTries = (tries: number): string => (tries === 1 ? '1 try' : `${tries} tries`);

function troubleLine(saga: SagaState, { text, tries, since }: Trouble, now: number): Html {
  return html`${text}, ${sayTries(tries)} since ${secondTime(since, now)} ${zone}, ${next(saga, now)}. `;
}

/** What failed so that there is no going on. */
const failureOf = ({ failure, goal }: SagaState): string | undefined =>
  failure !== null && goal === 'undo' ? sayReason(failure.code, sayStep(failure.step ?? '').service) : undefined;

function becauseLine(saga: SagaState): string | undefined {
  const reason = failureOf(saga);
  return reason && `Rolled back because ${reason}. `;
}

const lastMove = ({ history }: SagaState, move: Move['move']): Move | undefined =>
  history.findLast((one) => one.move === move);

function moveLine(saga: SagaState, move: 'cancel' | 'pause', now: number): Html | false {
  const { by, at, reason } = lastMove(saga, move) ?? {};
  if (by === undefined || at === undefined) return false;
  const said = reason ? html`: <q><bdi>${reason}</bdi></q>${/[.!?…]$/.test(reason) ? ' ' : '. '}` : '. ';
  return html`${MOVED[move]} by ${sayActor(by)} at ${secondTime(at, now)} ${zone}${said}`;
}

const MOVED = { cancel: 'Cancelled', pause: 'Paused' };

// The first of several: in between the payment service is asked.
const waitsSince = ({ steps }: SagaState): number | null =>
  steps.find(({ kind }) => kind === 'wait')?.startedAt ?? null;

const DECISION = {
  cardholder: 'The cardholder has to confirm the payment',
  gateway: 'The payment is decided by its gateway, and awaited',
};

function decisionLine(saga: SagaState, now: number, actionTimeoutMs: number): Html {
  const at = waitsSince(saga);
  const since = at !== null && html` since ${secondTime(at, now)} ${zone}`;
  const end = calledOffAt(saga, actionTimeoutMs);
  const when = end === undefined ? 'when the time for that is over' : html`at ${secondTime(end, now)} ${zone}`;
  return html`${DECISION[decider(saga.steps)]}${since}. It is called off ${when}.`;
}

function undoLine({ steps }: SagaState): string {
  const due = steps.findLast(({ undo }) => undo?.status === 'pending' || undo?.status === 'running');
  return due ? `${sayStepAmong(steps, due.name).undoNoun} comes next.` : STATUS_WORDS.compensating.meaning;
}

/**
 * What is wrong with a booking, since when, and what is done next and when.
 *
 * @param actionTimeoutMs how long a cardholder has for confirming a payment
 */
export function headline(saga: SagaRecord, now: number, actionTimeoutMs: number): Html {
  const status = toBookingStatus(saga.status);
  const { meaning } = STATUS_WORDS[status];
  const reason = failureOf(saga);
  const trouble = troubleOf(saga);
  const failing = trouble && troubleLine(saga, trouble, now);
  switch (status) {
    case 'requires_action':
      return decisionLine(saga, now, actionTimeoutMs);
    case 'pending':
      return html`${failing || meaning}${failing && feeAtStake(saga)}`;
    case 'compensating':
      return html`${becauseLine(saga)}${moveLine(saga, 'cancel', now)}${failing || `${undoLine(saga)} `}${feeAtStake(saga)}`;
    case 'stuck':
      return html`${failing || `${meaning} `}${becauseLine(saga)}${moveLine(saga, 'cancel', now)}${feeAtStake(saga)} <code>${stuckReason(saga)}</code>`;
    case 'paused':
      return html`${moveLine(saga, 'pause', now)}It goes on when an operator resumes it. ${becauseLine(saga)}${trouble && `${trouble.text}. `}${feeAtStake(saga)}`;
    case 'cancelled':
      return html`${moveLine(saga, 'cancel', now)}${sayCancelled(saga)}`;
    default:
      return html`${reason && `${capitalize(reason)}. `}${meaning}`;
  }
}

/** The same in a row of the list: what does not change with every try. Times are milliseconds since the epoch. */
export interface RowReason {
  text: string;
  since?: number;
}

/** The same as a text alone. */
export const sayRowReason = ({ text, since }: RowReason): string =>
  since === undefined ? text : `${text}, since ${new Date(since).toISOString()}`;

/** Why a row is not as it should be; undefined where it is. */
export function rowReason(saga: SagaState): RowReason | undefined {
  const { failure, status } = saga;
  if (status === 'waiting') {
    const since = waitsSince(saga);
    return { text: `for the ${decider(saga.steps)}`, ...(since !== null && { since }) };
  }
  const pause = status === 'paused' ? lastMove(saga, 'pause') : undefined;
  if (pause) return { text: `by ${sayActor(pause.by)}${pause.reason === null ? '' : `: ${pause.reason}`}` };
  const trouble = troubleOf(saga);
  if (trouble) return { text: trouble.text, since: trouble.since };
  // That an operator cancelled it is no failure.
  if (!failure || (failure.step === null && failure.code === 'cancelled')) return undefined;
  return { text: sayReason(failure.code, sayStep(failure.step ?? '').service) };
}
