import {
  type Documented,
  get,
  key,
  post,
  put,
  refusals,
  refusalsOfBody,
  type Send,
  STRANGER,
  serviceRoutes,
} from '@appointments/chassis/testing/reply-calls';
import { bookingBody } from '../src/schema.ts';
import { GUIDE_REQUEST } from './appointment-stack.ts';

async function calls(send: Send): Promise<void> {
  await serviceRoutes(send, false);
  for (const [path, year] of [
    ['/doctorAppoinment/reservation', '2019'],
    ['/doctorAppointment/reservation', '2020'],
  ]) {
    await bookings(send, path as string, { ...GUIDE_REQUEST, date: `30-09-${year}` });
  }
  const { headers } = await send(post('/doctorAppoinment/reservation', { ...GUIDE_REQUEST, date: '01-10-2019' }));
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
    const request = { ...GUIDE_REQUEST, name: 'Ada Lovelace', date: `30-09-${year}` };
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

async function bookings(send: Send, path: string, request: typeof GUIDE_REQUEST): Promise<void> {
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
  const { headers } = await send(post('/doctorAppoinment/reservation', { ...GUIDE_REQUEST, doctor: 'Nobody' }));
  await send(put(`${headers.location}/cancellation`));
  await send(post(`${location}/retry`, ''));
  await send(post(`${unknown}/retry`, ''));
  await send(post(`${location}/retry`, '', STRANGER));
  for (const move of ['pause', 'resume']) await refusedMove(send, location, move, { reason: 'Enough.' });
  await refusedMove(send, location, 'resolution', { step: 'pay', outcome: 'undone', reason: 'By hand.' });
  const retries = (body: unknown, headers = {}) => send(post('/bookings/retries', body, headers));
  await retries({ status: 'stuck' });
  await retries({ ids: [unknown.replace('/bookings/', '')] });
  await retries({ status: 'confirmed' });
  await retries('{');
  await retries('x'.repeat(17_000));
  await retries({}, { 'content-type': 'text/plain' });
  await retries({ status: 'stuck' }, STRANGER);
}

/** The refusals of a move of a booking that has ended; `body` must be acceptable. */
async function refusedMove(send: Send, location: string, move: string, body: unknown): Promise<void> {
  await send(post(`${location}/${move}`, body));
  await send(post(`/bookings/01998f0e-6c1c-7d3a-8a52-0d6c8f0b7e11/${move}`, body));
  await send(post(`${location}/${move}`, '{'));
  await send(post(`${location}/${move}`, { reason: '' }));
  await send(post(`${location}/${move}`, 'x'.repeat(17_000)));
  await send(post(`${location}/${move}`, body, { 'content-type': 'text/plain' }));
  await send(post(`${location}/${move}`, body, STRANGER));
}

/** How the service is held against its document. */
export const documented = {
  calls,
  body: { route: 'POST /doctorAppoinment/reservation', schema: bookingBody },
} satisfies Documented;
