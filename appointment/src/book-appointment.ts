import { abandon, defineSaga, type Volatile } from 'durable-saga';
import type { PaymentClient } from './clients/payment-client.ts';
import type { ReservationClient } from './clients/reservation-client.ts';
import type { BookingRequest } from './schema.ts';

/**
 * The guide's story: reserve the appointment, settle its fee, merge the two replies. Whatever goes wrong on the way, what
 * was done is undone, the last step first.
 *
 * The card number lives in memory only. After a crash nobody can pay any more, but the payment service knows whether it
 * was paid: a settled booking completes, any other unwinds.
 */
export function createBookAppointment(reservations: ReservationClient, payments: PaymentClient) {
  return defineSaga(
    'book-appointment',
    async (saga, { name, doctor, date }: BookingRequest, cardNum: Volatile<string>) => {
      const appointment = await saga.step('reserve', {
        run: (attempt) => reservations.create(saga.id, { name, doctor, date }, attempt),
        undo: (attempt) => reservations.cancel(saga.id, attempt),
        recover: abandon,
      });

      const payment = await saga.step('pay', {
        run: (attempt) => payments.pay(saga.id, { name, cardNum: cardNum.value, amount: appointment.fee }, attempt),
        undo: (attempt, settled) => payments.refund(saga.id, attempt, settled),
        recover: (attempt) => payments.findSettled(saga.id, attempt),
      });

      return { ...payment, ...appointment };
    },
  );
}
