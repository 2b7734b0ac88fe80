import { waitsBetweenAsks } from '@appointments/chassis';
import type { SagaRecord, StepRecord } from 'durable-saga';
import { PAYMENT_DECIDED } from '../../cardholder.ts';
import type { Mark } from './marks.ts';
import { decider } from './payment-words.ts';
import { capitalize, sayReason } from './plain-words.ts';
import type { Unplaced } from './timeline-entry.ts';

const isWait = ({ kind, name }: StepRecord): boolean => kind === 'wait' && name === PAYMENT_DECIDED;
const isAsk = ({ name }: StepRecord): boolean => name === 'ask payment';

/** The steps by which a booking waits for its payment to be decided: waits, and a question after each. */
export const waitingSteps = (steps: readonly StepRecord[]): StepRecord[] =>
  steps.filter((step) => isWait(step) || isAsk(step));

/**
 * When a payment that is not decided is called off, in milliseconds since the epoch: later by what the questions to come
 * take. Undefined where nothing waits.
 *
 * @param actionTimeoutMs how long the cardholder has
 */
export function calledOffAt({ status, steps }: Pick<SagaRecord, 'status' | 'steps'>, actionTimeoutMs: number) {
  const waits = steps.filter(isWait);
  const last = waits.at(-1);
  if (status !== 'waiting' || last?.wakeAt === undefined || last.status !== 'running') return undefined;
  const over = waits.filter(({ code }) => code === 'timed_out').length;
  const toCome = waitsBetweenAsks(actionTimeoutMs).slice(over + 1);
  return toCome.reduce((at, ms) => at + ms, last.wakeAt);
}

function stateOf({ status, goal }: SagaRecord, parts: readonly StepRecord[]): { mark: Mark; word: string } {
  const last = parts.at(-1) as StepRecord;
  const isAnswered = isAsk(last) && last.status === 'done' && last.result !== null;
  if (isAnswered) return { mark: 'waited', word: 'settled' };
  if (last.status === 'failed' && isAsk(last)) return { mark: 'failed', word: 'not settled' };
  if (goal === 'undo') return { mark: 'failed', word: 'not settled in time' };
  if (goal === 'cancel') return { mark: 'cancelled', word: 'no longer awaited' };
  return { mark: 'waiting', word: status === 'paused' ? 'paused' : 'awaited' };
}

function askedOf(parts: readonly StepRecord[]): Pick<Unplaced, 'last'> {
  const asks = parts.filter(isAsk);
  const at = asks.at(-1)?.startedAt;
  if (at === undefined || at === null) return {};
  const times = asks.length === 1 ? 'once, at' : `${asks.length} times, the last at`;
  return { last: { words: `Payment was asked ${times}`, at } };
}

/**
 * The whole wait for a payment's decision as one entry of the timeline.
 *
 * @param parts its steps, of which there is at least one
 * @param actionTimeoutMs how long the cardholder has
 */
export function toPaymentWait(saga: SagaRecord, parts: readonly StepRecord[], actionTimeoutMs: number): Unplaced {
  const [first, last] = [parts[0] as StepRecord, parts.at(-1) as StepRecord];
  const state = stateOf(saga, parts);
  const due = calledOffAt(saga, actionTimeoutMs);
  const isOver = state.mark !== 'waiting' && first.startedAt !== null && last.endedAt !== null;
  return {
    way: 'out',
    kind: 'wait',
    title: `Wait for the ${decider(saga.steps)}`,
    ...state,
    at: first.startedAt,
    durationMs: isOver ? (last.endedAt as number) - (first.startedAt as number) : undefined,
    detail: last.status === 'failed' && isAsk(last) ? capitalize(sayReason(last.code ?? '')) : undefined,
    ...askedOf(parts),
    ...(due !== undefined && { due: { words: 'Called off at', at: due } }),
    rail: 'idle',
  };
}
