import { createSender, readAll } from './sender.ts';

export interface BookingRequest {
  name: string;
  doctor: string;
  date: string;
  cardNum: string;
}

/** The guide's merged reply. */
export interface Confirmation {
  payment_status: string;
  payment_id: string;
  appointmentId: string;
  patient_name: string;
  date: string;
  time: string;
  doctor_name: string;
  fee: string;
}

/** A booking as a resource. */
export interface Booking {
  id: string;
  status: string;
  name: string;
  doctor: string;
  date: string;
  card: string;
  createdAt: string;
  updatedAt: string;
  reply: unknown;
  steps: Array<{ name: string; status: string; attempts: number; code: string | null }>;
}

export const BOOKING_PATH = 'doctorAppoinment/reservation';

export type AppointmentApi = ReturnType<typeof createAppointmentApi>;

/** The orchestrator as its clients and its operators see it. */
export function createAppointmentApi(url: string, operatorToken?: string) {
  const send = createSender(url);
  const sendAsOperator = createSender(url, operatorToken);
  return {
    url,
    send,
    book: (request: BookingRequest, headers?: Record<string, string>, path = BOOKING_PATH) =>
      send<Confirmation>('POST', path, { json: request, ...(headers && { headers }) }),
    find: (id: string) => send<Booking>('GET', `bookings/${id}`),
    list: () => readAll<Booking>(sendAsOperator, 'bookings'),
    cancel: (id: string) => sendAsOperator<Booking>('PUT', `bookings/${id}/cancellation`),
  };
}

/** The id of the booking that a response is about; undefined where none had begun. */
export function bookingIdOf({ headers }: { headers: Record<string, unknown> }): string | undefined {
  return /^\/bookings\/([0-9a-f-]{36})$/.exec(String(headers.location))?.[1];
}
