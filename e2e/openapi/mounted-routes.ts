import { type ApiDocument, createIdempotencyKeys } from '@appointments/chassis';
import { createTestLogger, startTestServer } from '@appointments/chassis/testing';
import type Router from '@koa/router';
import type Koa from 'koa';
import { createAppointmentApp } from '../../appointment/src/app.ts';
import { openAppointmentDatabase } from '../../appointment/src/booking-store.ts';
import { readConfig } from '../../appointment/src/config.ts';
import { openPeers } from '../../appointment/src/peers.ts';
import { createPaymentApp } from '../../payment/src/app.ts';
import { openPaymentDatabase } from '../../payment/src/payment-store.ts';
import { createReversals } from '../../payment/src/reversal.ts';
import { createSandboxGateway } from '../../payment/src/sandbox-gateway.ts';
import { createReservationApp } from '../../reservation/src/app.ts';
import { createCatalogue } from '../../reservation/src/catalogue.ts';
import { openReservationDatabase } from '../../reservation/src/reservation-store.ts';
import type { ServiceName } from '../../services.ts';

const shared = () => ({
  now: Date.now,
  logger: createTestLogger().logger,
  draining: new AbortController().signal,
  keys: createIdempotencyKeys({ runningMs: 1_000, now: Date.now }),
});

async function reservationApp(): Promise<Koa> {
  const database = await openReservationDatabase('memory:');
  return createReservationApp({ database, catalogue: createCatalogue([]), ...shared() });
}

async function paymentApp(): Promise<Koa> {
  const database = await openPaymentDatabase('memory:');
  const gateway = createSandboxGateway();
  return createPaymentApp({
    database,
    gateway,
    reversals: createReversals({ database, gateway, now: Date.now }),
    ...shared(),
  });
}

async function appointmentApp(): Promise<Koa> {
  const { app, sagas } = await createAppointmentApp({
    database: await openAppointmentDatabase('memory:'),
    peers: openPeers(readConfig({}), { timeoutMs: 1, token: undefined }),
    bookingDeadlineMs: 1_000,
    maxInFlight: 1,
    operatorToken: 'token',
    stuckAfterMs: 30_000,
    ...shared(),
  });
  await sagas.close();
  return app;
}

const APPS: Record<ServiceName, () => Promise<Koa>> = {
  reservation: reservationApp,
  payment: paymentApp,
  appointment: appointmentApp,
};

/** The document that a service's app serves. */
export async function documentOf(service: keyof typeof APPS): Promise<ApiDocument> {
  await using server = await startTestServer(await APPS[service]());
  const response = await fetch(`${server.url}/openapi.json`);
  return (await response.json()) as ApiDocument;
}

/**
 * Every route of every router of a service's app, as `GET /bookings/{id}`; HEAD goes without saying.
 */
export async function mountedRoutes(service: ServiceName): Promise<string[]> {
  const { middleware } = await APPS[service]();
  // @koa/router leaves itself on the middleware that it makes.
  const routers = new Set(middleware.map((candidate) => (candidate as { router?: Router }).router));
  return [...routers].flatMap((router) =>
    (router?.stack ?? []).flatMap(({ methods, path }) => {
      const template = String(path).replaceAll(/:(\w+)/g, '{$1}');
      return methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${template}`);
    }),
  );
}
