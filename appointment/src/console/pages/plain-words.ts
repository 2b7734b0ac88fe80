import { BOOKING_STEPS, type StepWords } from '../../booking-steps.ts';
import type { BookingOutcome, BookingStatus } from '../../schema.ts';

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
    meaning: 'It made no progress for long, or needs a person.',
  },
  paused: { name: 'Paused', meaning: 'An operator has paused it.' },
  cancelled: { name: 'Cancelled', meaning: 'The fee is refunded and the slot released.' },
};

/** What bookings came to, said. */
export const OUTCOME_NAMES: Record<BookingOutcome, string> = {
  confirmed: 'Confirmed, kept or cancelled',
  refused: 'Refused',
  lost: 'Lost',
};

const stepReasons = Object.values(BOOKING_STEPS).flatMap(({ reasons }) => Object.entries(reasons));

// Codes are the services' words, and an object has members of its own, such as `constructor`.
const REASONS: ReadonlyMap<string, string> = new Map([
  ...stepReasons,
  ...Object.entries({
    refused: 'the service could not be reached',
    reset: 'the connection to the service broke off',
    timeout: 'the service did not respond in time',
    cancelled: 'time ran out in the middle of it',
    circuit_open: 'calls to the service were held back',
    bad_reply: "the service's response was invalid",
    misrouted: "the service's response was another call's",
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
  }),
]);

/**
 * Why something failed, for people.
 *
 * @param service by name, where it is not said beside it
 */
export function sayReason(code: string, service = ''): string {
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  const reason = status ? `the service responded with an error (HTTP ${status})` : REASONS.get(code);
  if (reason === undefined) return code.replaceAll('_', ' ');
  return service === '' ? reason : reason.replace(/\bthe service\b(?! token)/, service);
}

const STEPS: Record<string, StepWords> = {
  ...BOOKING_STEPS,
  'announce action': { ...wordsOf('Tell webhooks that it waits'), noun: 'Webhooks' },
  'ask payment': { ...wordsOf('Ask about the payment'), noun: 'Question to payment', service: 'payment' },
};

/** A step's words for people, those of its undo, and the service that does it. */
export const sayStep = (step: string): StepWords => STEPS[step] ?? wordsOf(step);

function wordsOf(step: string): StepWords {
  const name = capitalize(step);
  return { name, noun: name, undo: `Undo ${step}`, undoNoun: `Undo of ${step}`, service: '' };
}

/** Who did it: the operator's token has no name of its own. */
export const sayActor = (by: string): string => (by === 'operator' ? 'an operator' : by);

/** The first letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
