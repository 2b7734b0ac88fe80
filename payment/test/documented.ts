import { signWebhook } from '@appointments/chassis/testing';
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
import { paymentRequest } from '../src/schema.ts';
import { PAYER, WEBHOOK_SECRET } from './payment-service.ts';

async function calls(send: Send): Promise<void> {
  const path = '/payment/makePayment';
  await serviceRoutes(send, true);
  await refusals(send, path, PAYER);
  await send(post(path, { ...PAYER, cardNum: '4000000000000002' }, key('declined')));
  await send(post(path, { ...PAYER, cardNum: '4000000000000119' }, key('broken')));
  await send(put('/payment/refunds/never-paid'));
  await send(post(path, PAYER, key('never-paid')));
  await send(post(path, PAYER, STRANGER));
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
  await send(post(path, { ...PAYER, cardNum: '4000002760003184' }, key('asks-its-holder')));
  await gatewayEvents(send);
  await refusalsOfBody(send, '/payment/removals');
  await send(post('/payment/removals', { references: ['nobody-knows'] }));
  await erasures(send, '/payment/erasures', post(path, PAYER, key('first')));
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

/** How the service is held against its document. */
export const documented = {
  calls,
  body: { route: 'POST /payment/makePayment', schema: paymentRequest },
} satisfies Documented;
