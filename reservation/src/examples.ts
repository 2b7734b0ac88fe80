/** The reference that the examples book under. */
export const REFERENCE = 'booking-42';

/** The response to the guide's request. */
export const CONFIRMATION = {
  appointmentId: '1001',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
  fee: '1000.00',
};

export const APPOINTMENT = { ...CONFIRMATION, status: 'booked', reference: REFERENCE };

/** Requests that are sent in the tests, and the status of their responses there. */
export const createExamples = {
  guide: {
    summary: "The guide's own request",
    value: { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum: '1234567' },
    headers: { 'Idempotency-Key': REFERENCE },
    status: 200,
  },
  unknownDoctor: {
    summary: 'An unknown doctor',
    value: { name: 'Thomas Colins', doctor: 'Nobody', date: '30-09-2019' },
    status: 404,
  },
  noSuchDay: {
    summary: 'A day that does not exist',
    value: { name: 'Thomas Colins', doctor: 'John Doe', date: '31-02-2019' },
    status: 400,
  },
};
