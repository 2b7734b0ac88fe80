import { signWebhook } from '@appointments/chassis/testing';
import { WEBHOOK_SECRET } from '../../payment/test/payment-service.ts';
import type { RawReply, RawRequest } from './raw-http.ts';

export type Send = (request: RawRequest) => Promise<RawReply>;

const JSON_TYPE = { 'content-type': 'application/json' };
const STRANGER = { authorization: 'Bearer somebody-else' };
const GUIDE = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum: '1234567' };
const LONG_REFERENCE = 'x'.repeat(256);

const get = (path: string, headers = {}) => ({ method: 'GET', path, headers });
const post = (path: string, body: unknown, headers = {}) => ({
  method: 'POST',
  path,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { ...JSON_TYPE, ...headers },
});
const put = (path: string, headers = {}) => ({ method: 'PUT', path, headers });
const key = (value: string) => ({ 'idempotency-key': value });

/** The refusals of every route with a JSON body and a key; `body` must be acceptable. */
async function refusals(send: Send, path: string, body: Record<string, string>): Promise<void> {
  await send(post(path, '{'));
  await send(post(path, { ...body, name: '' }));
  await send(post(path, 'x'.repeat(17_000)));
  await send(post(path, body, { 'content-type': 'text/plain' }));
  await send(post(path, body, key('ü')));
  await send(post(path, body, key('first')));
  await send(post(path, body, key('first')));
  await send(post(path, { ...body, name: 'Somebody Else' }, key('first')));
}

async function serviceRoutes(send: Send, guarded: boolean): Promise<void> {
  for (const path of ['/livez', '/readyz', '/metrics']) await send(get(path));
  for (const path of ['/openapi.json', '/docs', '/docs/swagger-ui.css']) {
    const { headers } = await send(get(path));
    await send(get(path, { 'if-none-match': headers.etag }));
    if (guarded) await send(get(path, STRANGER));
  }
  await send(get('/docs/nothing'));
}

/** The refusals of a route with a JSON body and without a key. */
async function refusalsOfBody(send: Send, path: string): Promise<void> {
  await send(post(path, '{'));
  await send(post(path, {}));
  await send(post(path, 'x'.repeat(17_000)));
  await send(post(path, {}, { 'content-type': 'text/plain' }));
  await send(post(path, {}, STRANGER));
}

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

export async function appointmentCalls(send: Send): Promise<void> {
  await serviceRoutes(send, false);
  for (const [path, year] of [
    ['/doctorAppoinment/reservation', '2019'],
    ['/doctorAppointment/reservation', '2020'],
  ]) {
    await bookings(send, path as string, { ...GUIDE, date: `30-09-${year}` });
  }
  const { headers } = await send(post('/doctorAppoinment/reservation', { ...GUIDE, date: '01-10-2019' }));
  await resource(send, headers.location as string);
  await deliveries(send, headers.location as string);
  await notices(send, (headers.location as string).replace('/bookings/', '/payment-notices/'));
  await patientErasures(send);
}

async function patientErasures(send: Send): Promise<void> {
  await refusalsOfBody(send, '/erasures');
  for (const [path, year] of [
    ['/doctorAppoinment/reservation', '2021'],
    ['/doctorAppointment/reservation', '2022'],
  ]) {
    const request = { ...GUIDE, name: 'Ada Lovelace', date: `30-09-${year}` };
    const retryable = post(path as string, request, key(`ada-${year}`));
    await send(retryable);
    const { headers } = await send(post('/erasures', { name: 'Ada Lovelace', reason: 'Asked for it.' }));
    await send(retryable);
    await send(get(headers.location as string));
  }
  await send(get('/erasures'));
  await send(get('/erasures?limit=x'));
  await send(get('/erasures', STRANGER));
  await send(get('/erasures/none'));
  await send(get('/erasures/none', STRANGER));
}

async function deliveries(send: Send, location: string): Promise<void> {
  const unknown = '/bookings/01998f0e-6c1c-7d3a-8a52-0d6c8f0b7e11';
  const { text } = await send(get(`${location}/deliveries`));
  const again = `/deliveries/${JSON.parse(text).items[0].id}/retry`;
  await send(get(`${location}/deliveries`, STRANGER));
  await send(get(`${unknown}/deliveries`));
  await send(post(location + again, ''));
  await send(post(location + again, '', STRANGER));
  await send(post(unknown + again, ''));
  await send(post(`${location}/deliveries/none/retry`, ''));
}

async function notices(send: Send, path: string): Promise<void> {
  const notice = (body: unknown, headers = {}) => ({ ...post(path, body, headers), method: 'PUT' });
  await send(notice({ payment_status: 'settled' }));
  await send({ ...notice({ payment_status: 'settled' }), path: '/payment-notices/nobody-knows' });
  await send(notice('{'));
  await send(notice({ payment_status: 'perhaps' }));
  await send(notice('x'.repeat(17_000)));
  await send(notice({}, { 'content-type': 'text/plain' }));
  await send(notice({}, STRANGER));
}

async function bookings(send: Send, path: string, request: typeof GUIDE): Promise<void> {
  await refusals(send, path, { ...request, cardNum: `1234567${path.length}` });
  await send(post(path, { ...request, doctor: 'Nobody' }));
  await send(post(path, { ...request, cardNum: '4000000000000002' }));
  await send(post(path, request, { prefer: 'respond-async' }));
  for (let slot = 0; slot < 8; slot++) await send(post(path, request));
}

async function resource(send: Send, location: string): Promise<void> {
  const unknown = '/bookings/01998f0e-6c1c-7d3a-8a52-0d6c8f0b7e11';
  await send(get(location));
  await send(get(unknown));
  await send(get('/bookings'));
  await send(get('/bookings?limit=1&status=confirmed'));
  await send(get('/bookings?status=none'));
  await send(get('/bookings', STRANGER));
  const cancel = (body: unknown, headers = {}) =>
    send({ ...post(`${location}/cancellation`, body, headers), method: 'PUT' });
  await cancel('{');
  await cancel({ reason: '' });
  await cancel('x'.repeat(17_000));
  await cancel({}, { 'content-type': 'text/plain' });
  await cancel({ reason: 'The doctor is ill.' });
  await send(put(`${location}/cancellation`));
  await send(put(`${unknown}/cancellation`));
  await send(put(`${location}/cancellation`, STRANGER));
  const { headers } = await send(post('/doctorAppoinment/reservation', { ...GUIDE, doctor: 'Nobody' }));
  await send(put(`${headers.location}/cancellation`));
  await send(post(`${location}/retry`, ''));
  await send(post(`${unknown}/retry`, ''));
  await send(post(`${location}/retry`, '', STRANGER));
  for (const action of ['pause', 'resume']) await refusedAction(send, location, action, { reason: 'Enough.' });
  await refusedAction(send, location, 'resolution', { step: 'pay', outcome: 'undone', reason: 'By hand.' });
  const retries = (body: unknown, headers = {}) => send(post('/bookings/retries', body, headers));
  await retries({ status: 'stuck' });
  await retries({ ids: [unknown.replace('/bookings/', '')] });
  await retries({ status: 'confirmed' });
  await retries('{');
  await retries('x'.repeat(17_000));
  await retries({}, { 'content-type': 'text/plain' });
  await retries({ status: 'stuck' }, STRANGER);
}

/** The refusals of an action on a booking that has ended; `body` must be acceptable. */
async function refusedAction(send: Send, location: string, action: string, body: unknown): Promise<void> {
  await send(post(`${location}/${action}`, body));
  await send(post(`/bookings/01998f0e-6c1c-7d3a-8a52-0d6c8f0b7e11/${action}`, body));
  await send(post(`${location}/${action}`, '{'));
  await send(post(`${location}/${action}`, { reason: '' }));
  await send(post(`${location}/${action}`, 'x'.repeat(17_000)));
  await send(post(`${location}/${action}`, body, { 'content-type': 'text/plain' }));
  await send(post(`${location}/${action}`, body, STRANGER));
}
