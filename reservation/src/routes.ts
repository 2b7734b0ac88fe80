import {
  type IdempotencyState,
  type InputState,
  idempotencyKey,
  jsonBody,
  pageQuery,
  parseInput,
  readReference,
  sendReply,
  validate,
} from '@appointments/chassis';
import Router from '@koa/router';
import { type Catalogue, presentDoctor } from './catalogue.ts';
import type { Reservations } from './reservation.ts';
import { type AppointmentRequest, appointmentRequest, slotsQuery } from './schema.ts';

type CreateState = InputState<typeof appointmentRequest> & IdempotencyState;

/** The routes of the reservation service; each parses, makes one call and sends the reply. */
export function createRoutes(reservations: Reservations, catalogue: Catalogue): Router {
  const router = new Router({ prefix: '/reservation' });

  router.post<CreateState>(
    '/createAppointment',
    jsonBody(),
    validate(appointmentRequest),
    idempotencyKey<AppointmentRequest>((input) => input),
    async (ctx) => {
      sendReply(ctx, await reservations.create(ctx.state.idempotency, ctx.state.input));
    },
  );

  router.put('/cancellations/:reference', async (ctx) => {
    ctx.body = await reservations.cancel(readReference(ctx.params));
  });

  router.get('/appointments', async (ctx) => {
    ctx.body = await reservations.list(parseInput(pageQuery, ctx.query));
  });

  router.get('/appointments/:appointmentId', async (ctx) => {
    ctx.body = await reservations.find(ctx.params.appointmentId as string);
  });

  router.get('/doctors', (ctx) => {
    ctx.body = catalogue.doctors.map(presentDoctor);
  });

  router.get('/doctors/:name/slots', async (ctx) => {
    const { date } = parseInput(slotsQuery, ctx.query);
    ctx.body = await reservations.slots(ctx.params.name as string, date);
  });

  return router;
}
