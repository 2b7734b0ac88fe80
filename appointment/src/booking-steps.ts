import type { z } from 'zod';
import { settlement } from './clients/payment-replies.ts';
import { confirmation } from './clients/reservation-client.ts';
import type { Peers } from './peers.ts';

/** What a step and its undo are called: each as what is to be done, and as a noun. */
export interface StepWords {
  name: string;
  noun: string;
  undo: string;
  undoNoun: string;
  /** Who does it; empty where it is the orchestrator. */
  service: string;
}

interface BookingStep extends StepWords {
  service: keyof Peers;
  /** What the service responds, and what an operator gives who settles the step by hand as done. */
  result: z.ZodType;
  /** Why it fails where it has codes of its own, said so that it goes behind "because". */
  reasons: Readonly<Record<string, string>>;
}

/** What is said of each step of a booking that has an undo, in their order; `book-appointment.ts` has what they do. */
export const BOOKING_STEPS: Readonly<Record<string, BookingStep>> = {
  reserve: {
    name: 'Reserve a slot',
    noun: 'Reservation',
    undo: 'Release the slot',
    undoNoun: 'Release of the slot',
    service: 'reservation',
    result: confirmation,
    reasons: {
      doctor_not_found: 'the doctor is unknown',
      no_slot_available: 'no slot was free that day',
      reservation_refused: 'the reservation was refused',
    },
  },
  pay: {
    name: 'Settle the fee',
    noun: 'Payment',
    undo: 'Refund the fee',
    undoNoun: 'Refund',
    service: 'payment',
    result: settlement,
    reasons: {
      card_declined: 'the card was declined',
      payment_refused: 'the payment was refused',
      processing_error: 'the card could not be processed',
      action_timed_out: 'the cardholder did not confirm in time',
      payment_voided: 'the payment was called off',
      voided: 'the payment had been called off before',
      not_refunded: 'the service did not refund it',
    },
  },
};
