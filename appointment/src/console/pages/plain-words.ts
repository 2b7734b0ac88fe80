import type { BookingStatus } from '../../schema.ts';

/** A status, said and explained. */
export const STATUS_WORDS: Record<BookingStatus, { name: string; meaning: string }> = {
  confirmed: { name: 'Confirmed', meaning: 'The appointment is reserved and its fee is paid.' },
  pending: { name: 'Pending', meaning: 'The booking is being made.' },
  compensating: { name: 'Compensating', meaning: 'What had been done is being undone.' },
  compensated: { name: 'Compensated', meaning: 'What had been done was undone.' },
  failed: { name: 'Failed', meaning: 'Nothing had been done yet.' },
  requires_action: { name: 'Waiting', meaning: 'It waits for the cardholder.' },
  stuck: {
    name: 'Stuck',
    meaning: 'It made no progress for long, or needs a person. It is retried every few seconds.',
  },
  paused: { name: 'Paused', meaning: 'An operator has paused it.' },
  cancelled: { name: 'Cancelled', meaning: 'An operator cancelled it: fee refunded, slot released.' },
};

const REASONS: Record<string, string> = {
  doctor_not_found: 'the doctor is unknown',
  no_slot_available: 'no slot was free that day',
  reservation_refused: 'the reservation was refused',
  card_declined: 'the card was declined',
  payment_refused: 'the payment was refused',
  processing_error: 'the card could not be processed',
  action_timed_out: 'the cardholder did not confirm in time',
  payment_voided: 'the payment was called off',
  voided: 'the payment had been called off before',
  refused: 'the service could not be reached',
  reset: 'the connection broke off',
  timeout: 'no response came in time',
  cancelled: 'time ran out in the middle of it',
  circuit_open: 'calls to the service were held back',
  bad_reply: 'the response was invalid',
  misrouted: "the response was another call's",
  unauthorized: 'the service token was not accepted',
  overloaded: 'the service had too much to do',
  in_progress: 'an earlier call was still at work',
  deadline_exceeded: 'time ran out',
  ended: 'another step had failed',
  interrupted: 'the orchestrator stopped in the middle',
  secret_lost: 'the card number was lost with the process that held it',
  shutdown: 'the orchestrator was shutting down',
  function_changed: 'the code no longer fits the log',
  function_hangs: 'the code waits for something that is no step',
  step_unknown: 'the code no longer knows the step',
  undo_unknown: 'the code no longer knows how to undo the step',
  timed_out: 'it took too long',
  resolved_undone: 'an operator resolved it as undone',
  child_not_ended: 'the other saga had not ended yet',
  past_pivot: 'it had passed its pivot',
  unexpected_error: 'something unexpected went wrong',
};

/** Why something failed, for people. */
export function sayReason(code: string): string {
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  if (status) return `the service responded with an error (HTTP ${status})`;
  return REASONS[code] ?? code.replaceAll('_', ' ');
}

const STEPS: Record<string, { name: string; undo: string; service: string }> = {
  reserve: { name: 'Reserve a slot', undo: 'Release the slot', service: 'reservation' },
  pay: { name: 'Settle the fee', undo: 'Refund the fee', service: 'payment' },
  'announce action': { name: 'Tell webhooks that it waits', undo: '', service: '' },
  'ask payment': { name: 'Ask about the payment', undo: '', service: 'payment' },
};

/** A step's name for people, that of its undo, and the service that does it. */
export const sayStep = (step: string) => STEPS[step] ?? { name: capitalize(step), undo: `Undo ${step}`, service: '' };

/** Who made a move: the operator's token has no name of its own. */
export const sayMover = (by: string): string => (by === 'operator' ? 'an operator' : by);

/** The first letter in upper case. */
export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
