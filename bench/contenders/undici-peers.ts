import { Pool } from 'undici';
import { type Appointment, type BookingRequest, chargeOf, type Payment, settings } from './guide.ts';

const reservation = new Pool(settings.reservationUrl, { connections: 64 });
const payment = new Pool(settings.paymentUrl, { connections: 64 });
const headers = { 'content-type': 'application/json' };

async function post<Reply>(pool: Pool, path: string, body: unknown): Promise<Reply> {
  const response = await pool.request({ method: 'POST', path, headers, body: JSON.stringify(body) });
  return response.body.json() as Promise<Reply>;
}

/** Books with the reservation service. */
export const reserve = (request: BookingRequest) =>
  post<Appointment>(reservation, '/reservation/createAppointment', request);

/** Settles the fee with the payment service. */
export const pay = (request: BookingRequest, appointment: Appointment) =>
  post<Payment>(payment, '/payment/makePayment', chargeOf(request, appointment));
