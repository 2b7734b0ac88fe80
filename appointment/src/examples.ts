import { BOOKING_STEPS } from './booking-steps.ts';

const GUIDE_REQUEST = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum: '1234567' };
/** The response to the guide's request when it fails. */
export const FAILURE = { appointment_status: 'failure', name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019' };
/** The response to the guide's request. */
export const CONFIRMATION = {
  payment_status: 'settled',
  payment_id: '7f3f0f6e-52a5-4b8e-9f57-3f1d9a3f0c11',
  appointmentId: '1001',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
  fee: '1000.00',
};
const ID = '01998f0e-6c1c-7d3a-8a52-0d6c8f0b7e11';
const STARTED = '2026-11-22T09:00:00.000Z';
const ENDED = '2026-11-22T09:00:00.042Z';
const doneStep = { status: 'done', attempts: 1, startedAt: STARTED, endedAt: ENDED, code: null };
/** A booking that is confirmed. */
export const BOOKING = {
  id: ID,
  status: 'confirmed',
  name: 'Thomas Colins',
  doctor: 'John Doe',
  date: '30-09-2019',
  card: '•••• 4567',
  createdAt: STARTED,
  updatedAt: ENDED,
  reply: CONFIRMATION,
  steps: Object.keys(BOOKING_STEPS).map((name) => ({ name, ...doneStep })),
};

/**
 * Why a booking is moved.
 *
 * @param status of the response for a booking that is confirmed
 */
export const reasonExamples = (status: number) => ({
  reason: { summary: 'With a reason', value: { reason: 'The doctor is ill.' }, status },
});

/** What has become of a step. */
export const resolutionExamples = {
  refunded: {
    summary: 'A refund that was made by hand, of a booking that is confirmed',
    value: { step: 'pay', outcome: 'undone', reason: 'Refunded in the dashboard of the gateway.' },
    status: 409,
  },
};

/** Which bookings are retried. */
export const retriesExamples = {
  stuck: { summary: 'All that are stuck', value: { status: 'stuck', reason: 'Payment is back.' }, status: 200 },
  some: { summary: 'Some', value: { ids: [ID] }, status: 200 },
};

/** Requests that are sent in the tests, and the status of their responses there. */
export const bookingExamples = {
  guide: { summary: "The guide's own request", value: GUIDE_REQUEST, status: 200 },
  retryable: {
    summary: 'A request that may be retried',
    value: { ...GUIDE_REQUEST, cardNum: '4242 4242 4242 4242' },
    headers: { 'Idempotency-Key': 'order-42' },
    status: 200,
  },
  async: {
    summary: 'Not waiting for the outcome',
    value: GUIDE_REQUEST,
    headers: { Prefer: 'respond-async' },
    status: 202,
  },
  declined: {
    summary: 'A card that is declined',
    value: { ...GUIDE_REQUEST, cardNum: '4000000000000002' },
    status: 402,
  },
  unknownDoctor: { summary: 'An unknown doctor', value: { ...GUIDE_REQUEST, doctor: 'Nobody' }, status: 404 },
  noSuchDay: { summary: 'A day that does not exist', value: { ...GUIDE_REQUEST, date: '31-02-2019' }, status: 400 },
};
