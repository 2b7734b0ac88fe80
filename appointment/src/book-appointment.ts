import { defineSaga, defineStep, type Outcome, type SagaRecord, type StepCall } from 'durable-saga';
import type { Kysely } from 'kysely';
import { type AppointmentTables, BOOKING_SAGA } from './booking-store.ts';
import { createCardholderWait } from './cardholder.ts';
import type { Settlement } from './clients/payment-replies.ts';
import type { Confirmation } from './clients/reservation-client.ts';
import type { Clients } from './peers.ts';
import { recoverWithToken } from './recover-with-token.ts';
import type { BookingRequest } from './schema.ts';

/** What the client gets once both calls are done: the payment's reply, then the reservation's. */
export type Booked = Settlement & Confirmation;

export interface BookAppointmentDependencies extends Clients {
  /** How long a booking may go forward, in milliseconds; waiting for the cardholder does not count. */
  deadlineMs: number;
  /** How long the cardholder has for confirming the payment, in milliseconds. */
  actionTimeoutMs: number;
  /** Begins the deliveries of the webhook `booking.requires_action`; idempotent. */
  announceAction(bookingId: string): Promise<null>;
  /** Writes in the transaction that makes the outcome final. */
  onOutcome(tables: Kysely<AppointmentTables>, outcome: Outcome<Booked>): Promise<void>;
  /** Writes in the transaction that ends the saga, a cancelled booking's second end included. */
  onEnd(tables: Kysely<AppointmentTables>, saga: SagaRecord): Promise<void>;
}

/**
 * The guide's flow: reserve the appointment, settle its fee, merge the two replies. If a step fails, the steps before it
 * are undone, the last one first. A payment that its cardholder has to confirm is waited for.
 *
 * A card number lives in memory only. After a crash such a booking cannot be paid any more, but the payment service knows
 * whether it was: a settled booking completes, one that waits for its cardholder goes on, any other is rolled back. A booking
 * with a payment token is paid under its key.
 */
export function createBookAppointment({
  reservations,
  payments,
  actionTimeoutMs,
  announceAction,
  ...options
}: BookAppointmentDependencies) {
  const { waitingSteps, untilDecided } = createCardholderWait(payments, {
    timeoutMs: actionTimeoutMs,
    // What is left of the deadline is for what follows from the answer.
    askMs: options.deadlineMs / 2,
    announce: announceAction,
  });

  const create = ({ id, input: { name, doctor, date }, signal }: StepCall<BookingRequest>) =>
    reservations.create(id, { name, doctor, date }, signal);
  const reserve = defineStep('reserve', {
    run: create,
    undo: ({ id, signal }) => reservations.cancel(id, signal),
    recover: recoverWithToken(create),
  });

  const charge = ({ id, input, secret, signal }: StepCall<Fee, string>) =>
    payments.pay(id, input.paymentToken ? input : { ...input, cardNum: secret.value }, signal);
  const pay = defineStep('pay', {
    run: charge,
    undo: ({ id, result, signal }) => payments.refund(id, signal, result),
    recover: recoverWithToken(charge, ({ id, signal }) => payments.find(id, signal)),
  });

  return defineSaga(BOOKING_SAGA, {
    ...options,
    steps: [reserve, pay, ...waitingSteps],
    async run(saga, request: BookingRequest) {
      const appointment = await saga.step(reserve, request);
      const payment = await saga.step(pay, feeOf(request, appointment));
      const settled = payment.payment_status === 'settled' ? payment : await untilDecided(saga);
      return { ...settled, ...appointment };
    },
  });
}

interface Fee {
  name: string;
  /** A decimal string such as `"1000.00"`. */
  amount: string;
  paymentToken?: string | undefined;
}

const feeOf = ({ name, paymentToken }: BookingRequest, { fee }: Confirmation): Fee => ({
  name,
  amount: fee,
  ...(paymentToken && { paymentToken }),
});
