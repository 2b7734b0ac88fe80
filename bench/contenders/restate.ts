import * as restate from '@restatedev/restate-sdk';
import { type BookingRequest, failureOf, settings } from './guide.ts';
import { pay, reserve } from './undici-peers.ts';

/** The guide as a Restate handler with two journaled actions; Restate's server takes the requests and calls it. */
const appointments = restate.service({
  name: 'Appointments',
  handlers: {
    book: async (ctx: restate.Context, request: BookingRequest) => {
      const appointment = await ctx.run('reserve', () => reserve(request));
      if (appointment.appointmentId === undefined) return failureOf(request);
      const payment = await ctx.run('pay', () => pay(request, appointment));
      return { ...payment, ...appointment };
    },
  },
});

await restate.serve({ services: [appointments], port: settings.port });
