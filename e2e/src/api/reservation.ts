import { createSender, readAll } from './sender.ts';

export interface Appointment {
  appointmentId: string;
  reference: string;
  patient_name: string;
  doctor_name: string;
  date: string;
  time: string;
  fee: string;
  status: 'booked' | 'cancelled';
}

/** The reservation service. */
export function createReservationApi(url: string, serviceToken?: string) {
  const send = createSender(url, serviceToken);
  return {
    url,
    send,
    create: (request: Record<string, unknown>) =>
      send<Appointment>('POST', 'reservation/createAppointment', { json: request }),
    list: () => readAll<Appointment>(send, 'reservation/appointments'),
    slots: (doctor: string, date: string) =>
      send<Array<{ time: string; free: boolean }>>(
        'GET',
        `reservation/doctors/${encodeURIComponent(doctor)}/slots?date=${date}`,
      ),
  };
}
