import type { SagaRecord, StepRecord } from 'durable-saga';
import { STATUS_WORDS, sayStep } from './plain-words.ts';

type Steps = readonly StepRecord[];

const paymentOf = (steps: Steps): StepRecord | undefined => steps.findLast(({ name }) => name === 'pay');

const paymentStatus = (step: StepRecord | undefined): string | undefined =>
  (step?.result as { payment_status?: string } | null | undefined)?.payment_status;

/** Who decides about the payment where it is not settled at once. */
export const decider = (steps: Steps): 'cardholder' | 'gateway' =>
  paymentStatus(paymentOf(steps)) === 'processing' ? 'gateway' : 'cardholder';

/** Whether a payment was begun for somebody to decide about. */
function isDecidedLater(steps: Steps): boolean {
  const status = paymentStatus(paymentOf(steps));
  return status === 'requires_action' || status === 'processing';
}

/** Whether a payment was begun, and the log knows of no money that has moved. */
const isUnsettled = (steps: Steps): boolean =>
  isDecidedLater(steps) && !steps.some((step) => step.name === 'ask payment' && paymentStatus(step) === 'settled');

/** A step's words for people, as `sayStep` has them, and for a payment what is true of it by now. */
export function sayStepAmong(steps: Steps, name: string): ReturnType<typeof sayStep> {
  const words = sayStep(name);
  if (name !== 'pay') return words;
  if (paymentOf(steps)?.status !== 'done') return { ...words, undo: 'Refund the fee if it was paid' };
  if (!isDecidedLater(steps)) return words;
  const begun = { ...words, name: 'Begin the payment' };
  if (!isUnsettled(steps)) return begun;
  return { ...begun, undo: 'Call off the payment', undoNoun: 'Calling off the payment' };
}

/** What a cancellation has brought. */
export function sayCancelled({ steps }: Pick<SagaRecord, 'steps'>): string {
  const pay = paymentOf(steps);
  if (!pay || pay.status === 'failed') return 'Nothing was paid, and what had been done was undone.';
  if (isUnsettled(steps)) return 'The payment is called off and the slot released.';
  if (pay.status === 'done') return STATUS_WORDS.cancelled.meaning;
  return 'The fee is refunded where it had been paid, and the slot released.';
}
