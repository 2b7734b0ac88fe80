import type { BookingRequest } from './api/appointment.ts';

/** The request of the guide. */
export const GUIDE_REQUEST: BookingRequest = {
  name: 'Thomas Colins',
  doctor: 'John Doe',
  date: '30-09-2019',
  cardNum: '1234567',
};

/** The reply that the guide prints, member by member in its order. */
export const GUIDE_REPLY = {
  payment_status: 'settled',
  payment_id: 'b7981676-c1ca-4380-bc31-1725eb121d1a',
  appointmentId: '1001',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
  fee: '1000.00',
};

/** The guide's curl line as it is printed there, for a shell. */
export const GUIDE_CURL =
  "curl -H 'Content-Type:application/json' http://localhost:9090/doctorAppoinment/reservation --data " +
  `'{"name":"Thomas Colins", "doctor":"John Doe", "date":"30-09-2019", "cardNum":"1234567"}'`;

/** The four-member failure for a request. */
export const failureOf = ({ name, doctor, date }: BookingRequest) => ({
  appointment_status: 'failure',
  name,
  doctor,
  date,
});

export const SETTLES = '4242424242424242';
export const DECLINED = '4000000000000002';
