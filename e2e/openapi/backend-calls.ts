import { signWebhook } from '@appointments/chassis/testing';
import { WEBHOOK_SECRET } from '../../payment/test/payment-service.ts';
import { GUIDE, get, key, post, put, refusals, refusalsOfBody, type Send, STRANGER, serviceRoutes } from './calls.ts';
import type { RawRequest } from './raw-http.ts';

const LONG_REFERENCE = 'x'.repeat(256);

/** Erases what was made under the key `first`, and retries it. */
async function erasures(send: Send, path: string, retried: RawRequest): Promise<void> {
  await refusalsOfBody(send, path);
  await send(post(path, { references: ['first', 'nobody-knows'] }));
  await send(retried);
}

export async function reservationCalls(send: Send): Promise<void> {
  const path = '/reservation/createAppointment';
  await serviceRoutes(send, true);
  await refusals(send, path, GUIDE);
  await send(post(path, { ...GUIDE, doctor: 'Nobody' }));
  for (let slot = 0; slot < 8; slot++) await send(post(path, GUIDE));
  await send(put('/reservation/cancellations/never-booked'));
  await send(post(path, { ...GUIDE, date: '01-10-2019' }, key('never-booked')));
  await send(post(path, GUIDE, STRANGER));
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
  await send(post('/reservation/patient-searches', { name: GUIDE.name }));
  await erasures(send, '/reservation/erasures', post(path, GUIDE, key('first')));
  await send(get('/reservation/doctors'));
  await send(get('/reservation/doctors', STRANGER));
  await send(get('/reservation/doctors/John%20Doe/slots?date=30-09-2019'));
  await send(get('/reservation/doctors/John%20Doe/slots'));
  await send(get('/reservation/doctors/Nobody/slots?date=30-09-2019'));
  await send(get('/reservation/doctors/John%20Doe/slots?date=30-09-2019', STRANGER));
}

export async function paymentCalls(send: Send): Promise<void> {
  const path = '/payment/makePayment';
  const payment = { name: 'Thomas Colins', cardNum: '1234567', amount: '1000.00' };
  await serviceRoutes(send, true);
  await refusals(send, path, payment);
  await send(post(path, { ...payment, cardNum: '4000000000000002' }, key('declined')));
  await send(post(path, { ...payment, cardNum: '4000000000000119' }, key('broken')));
  await send(put('/payment/refunds/never-paid'));
  await send(post(path, payment, key('never-paid')));
  await send(post(path, payment, STRANGER));
  for (const reference of ['first', 'declined', 'broken', 'never-paid', 'unknown', LONG_REFERENCE]) {
    await send(get(`/payment/payments/${reference}`));
    await send(put(`/payment/refunds/${reference}`));
    await send(get(`/payment/payments/${reference}`));
  }
  await send(get('/payment/payments/nobody-knows'));
  await send(get('/payment/payments/first', STRANGER));
  await send(put('/payment/refunds/first', STRANGER));
  await send(get('/payment/payments'));
  await send(get('/payment/payments?limit=1'));
  await send(get('/payment/payments?limit=x'));
  await send(get('/payment/payments', STRANGER));
  await send(get('/payment/gateway'));
  await send(get('/payment/gateway', STRANGER));
  await send(post(path, { ...payment, cardNum: '4000002760003184' }, key('asks-its-holder')));
  await gatewayEvents(send);
  await refusalsOfBody(send, '/payment/removals');
  await send(post('/payment/removals', { references: ['nobody-knows'] }));
  await erasures(send, '/payment/erasures', post(path, payment, key('first')));
}

async function gatewayEvents(send: Send): Promise<void> {
  const path = '/payment/gateway-events';
  const event = (reference: string, at = new Date()) => {
    const body = JSON.stringify({ type: 'charge.settled', data: { reference } });
    return post(path, body, signWebhook({ secret: WEBHOOK_SECRET, id: `event-${reference}`, body, at }));
  };
  await send(event('asks-its-holder'));
  await send(event('nobody-knows'));
  await send(event('first', new Date(0)));
  await send(post(path, { type: 'charge.settled', data: { reference: 'first' } }));
  await send(post(path, '{'));
  await send(post(path, {}));
  await send(post(path, 'x'.repeat(17_000)));
  await send(post(path, {}, { 'content-type': 'text/plain' }));
}
