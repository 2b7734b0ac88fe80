import {
  type IdempotencyState,
  type InputState,
  idempotencyKey,
  jsonBody,
  parseInput,
  sendReply,
  validate,
} from '@appointments/chassis';
import Router from '@koa/router';
import type { Bookings } from './bookings.ts';
import { operatorToken } from './operator-token.ts';
import { type BookingBody, bookingBody, bookingsQuery } from './schema.ts';
import type { TakeBooking } from './take-booking.ts';

type BookState = InputState<typeof bookingBody> & IdempotencyState;

// The guide's own spelling is the wire contract; its authors moved to the other one later.
/** The guide's path, and the same in the usual spelling. */
export const BOOKING_PATHS = ['/doctorAppoinment/reservation', '/doctorAppointment/reservation'];

const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:;|,|$)/i;

/** The routes of the orchestrator; each parses, makes one call and responds. */
export function createRoutes(takeBooking: TakeBooking, bookings: Bookings, operatorsToken: string | undefined): Router {
  const router = new Router();
  const operator = operatorToken(operatorsToken);

  router.post<BookState>(
    BOOKING_PATHS,
    jsonBody(),
    validate(bookingBody),
    idempotencyKey<BookingBody>(({ cardNum, ...request }) => ({ ...request, card: cardNum.slice(-4) })),
    async (ctx) => {
      const { input, idempotency, idempotencyKeyGiven } = ctx.state;
      const async = RESPOND_ASYNC.test(ctx.get('prefer'));
      sendReply(ctx, await takeBooking(input, idempotencyKeyGiven ? idempotency : undefined, async));
    },
  );

  router.get('/bookings', operator, async (ctx) => {
    ctx.body = await bookings.list(parseInput(bookingsQuery, ctx.query));
  });

  router.get('/bookings/:id', async (ctx) => {
    ctx.body = await bookings.find(ctx.params.id as string);
  });

  router.put('/bookings/:id/cancellation', operator, async (ctx) => {
    const booking = await bookings.cancel(ctx.params.id as string);
    ctx.status = booking.status === 'cancelled' ? 200 : 202;
    ctx.body = booking;
  });

  router.post('/bookings/:id/retry', operator, async (ctx) => {
    ctx.body = await bookings.retry(ctx.params.id as string);
  });

  return router;
}
