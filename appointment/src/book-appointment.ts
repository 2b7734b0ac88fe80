import { abandon, defineSaga, defineStep, type Outcome, type SagaRecord, type StepCall } from 'durable-saga';
import type { Kysely } from 'kysely';
import { type AppointmentTables, BOOKING_SAGA } from './booking-store.ts';
import type { PaymentClient } from './clients/payment-client.ts';
import type { Confirmation } from './clients/reservation-client.ts';
import type { Clients } from './peers.ts';
import type { BookingRequest } from './schema.ts';

/** What the client gets once both calls are done: the payment's reply, then the reservation's. */
export type Booked = Awaited<ReturnType<PaymentClient['pay']>> & Confirmation;

export interface BookAppointmentDependencies extends Clients {
  /** How long a booking may go forward, in milliseconds. */
  deadlineMs: number;
  /** Writes in the transaction that makes the outcome final. */
  onOutcome(tables: Kysely<AppointmentTables>, outcome: Outcome<Booked>): Promise<void>;
  /** Writes in the transaction that ends the saga, a cancelled booking's second end included. */
  onEnd(tables: Kysely<AppointmentTables>, saga: SagaRecord): Promise<void>;
}

/**
 * The guide's flow: reserve the appointment, settle its fee, merge the two replies. If a step fails, the steps before it
 * are undone, the last one first.
 *
 * The card number lives in memory only. After a crash the booking cannot be paid any more, but the payment service knows
 * whether it was: a settled booking completes, any other is rolled back.
 */
export function createBookAppointment({ reservations, payments, ...options }: BookAppointmentDependencies) {
  const reserve = defineStep('reserve', {
    run: ({ id, input, signal }: StepCall<BookingRequest>) => reservations.create(id, input, signal),
    undo: ({ id, signal }) => reservations.cancel(id, signal),
    recover: abandon,
  });

  const pay = defineStep('pay', {
    run: ({ id, input, secret, signal }: StepCall<{ name: string; amount: string }, string>) =>
      payments.pay(id, { ...input, cardNum: secret.value }, signal),
    undo: ({ id, result, signal }) => payments.refund(id, signal, result),
    recover: ({ id, signal }) => payments.findSettled(id, signal),
  });

  return defineSaga(BOOKING_SAGA, {
    ...options,
    steps: [reserve, pay],
    async run(saga, request: BookingRequest) {
      const appointment = await saga.step(reserve, request);
      const payment = await saga.step(pay, { name: request.name, amount: appointment.fee });
      return { ...payment, ...appointment };
    },
  });
}
