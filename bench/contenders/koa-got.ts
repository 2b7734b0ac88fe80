import Router from '@koa/router';
import got from 'got';
import Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import { type Appointment, type BookingRequest, chargeOf, failureOf, type Payment, settings } from './guide.ts';

// The guide, line by line, in the libraries that the product uses, each as its own README shows it.
const reservation = got.extend({ prefixUrl: `${settings.reservationUrl}/reservation` });
const payment = got.extend({ prefixUrl: `${settings.paymentUrl}/payment` });

const router = new Router();
router.post('/doctorAppoinment/reservation', async (ctx) => {
  const request = ctx.request.body as BookingRequest;
  const appointment = await reservation.post('createAppointment', { json: request }).json<Appointment>();
  if (appointment.appointmentId === undefined) {
    ctx.body = failureOf(request);
    return;
  }
  const settled = await payment.post('makePayment', { json: chargeOf(request, appointment) }).json<Payment>();
  ctx.body = { ...settled, ...appointment };
});

new Koa().use(bodyParser()).use(router.routes()).use(router.allowedMethods()).listen(settings.port, '127.0.0.1');
