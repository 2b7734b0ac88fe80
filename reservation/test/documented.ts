import {
  type Documented,
  erasures,
  get,
  key,
  LONG_REFERENCE,
  post,
  put,
  refusals,
  refusalsOfBody,
  type Send,
  STRANGER,
  serviceRoutes,
} from '@appointments/chassis/testing/reply-calls';
import { appointmentRequest } from '../src/schema.ts';
import { REQUEST } from './reservation-service.ts';

async function calls(send: Send): Promise<void> {
  const path = '/reservation/createAppointment';
  await serviceRoutes(send, true);
  await refusals(send, path, REQUEST);
  await send(post(path, { ...REQUEST, doctor: 'Nobody' }));
  for (let slot = 0; slot < 8; slot++) await send(post(path, REQUEST));
  await send(put('/reservation/cancellations/never-booked'));
  await send(post(path, { ...REQUEST, date: '01-10-2019' }, key('never-booked')));
  await send(post(path, REQUEST, STRANGER));
  await send(get('/reservation/appointments'));
  await send(get('/reservation/appointments?limit=2'));
  await send(get('/reservation/appointments?limit=0'));
  await send(get('/reservation/appointments', STRANGER));
  await send(get('/reservation/appointments/1001'));
  await send(get('/reservation/appointments/none'));
  await send(get('/reservation/appointments/1001', STRANGER));
  await send(put('/reservation/cancellations/first'));
  await send(put(`/reservation/cancellations/${LONG_REFERENCE}`));
  await send(put('/reservation/cancellations/first', STRANGER));
  for (const route of ['expiries', 'removals']) {
    await refusalsOfBody(send, `/reservation/${route}`);
    await send(post(`/reservation/${route}`, { references: ['nobody-knows'] }));
  }
  await refusalsOfBody(send, '/reservation/patient-searches');
  await send(post('/reservation/patient-searches', { name: REQUEST.name }));
  await erasures(send, '/reservation/erasures', post(path, REQUEST, key('first')));
  await send(get('/reservation/doctors'));
  await send(get('/reservation/doctors', STRANGER));
  await send(get('/reservation/doctors/John%20Doe/slots?date=30-09-2019'));
  await send(get('/reservation/doctors/John%20Doe/slots'));
  await send(get('/reservation/doctors/Nobody/slots?date=30-09-2019'));
  await send(get('/reservation/doctors/John%20Doe/slots?date=30-09-2019', STRANGER));
}

/** How the service is held against its document. */
export const documented = {
  calls,
  body: { route: 'POST /reservation/createAppointment', schema: appointmentRequest },
} satisfies Documented;
