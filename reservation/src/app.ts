import { createApp, type IdempotencyKeys, type Logger, type Tokens } from '@appointments/chassis';
import type Koa from 'koa';
import { appointmentRoutes } from './appointment-routes.ts';
import type { Catalogue } from './catalogue.ts';
import { doctorRoutes } from './doctor-routes.ts';
import { createErasePatients } from './erase-patients.ts';
import { erasureRoutes } from './erasure-routes.ts';
import { removalRoutes } from './removal-routes.ts';
import { createRemoveAppointments } from './remove-appointments.ts';
import { createReservations } from './reservation.ts';
import type { ReservationDatabase } from './reservation-store.ts';

const API = {
  title: 'Reservation service',
  description:
    'Appointments with doctors: made once for each reference and undone by it, in whatever order the two arrive.',
  tokens: {
    serviceToken: '`RESERVATION_TOKEN` or else `SERVICE_TOKEN`, or one of its list, where the service is run with one.',
  },
  guard: 'serviceToken',
};

export interface ReservationAppOptions {
  database: ReservationDatabase;
  catalogue: Catalogue;
  keys: IdempotencyKeys;
  logger: Logger;
  draining: AbortSignal;
  serviceToken?: Tokens | undefined;
}

/** The reservation service as a Koa app over its store. */
export function createReservationApp({
  database,
  catalogue,
  keys,
  logger,
  draining,
  serviceToken,
}: ReservationAppOptions): Koa {
  const reservations = createReservations({ database, catalogue, keys });
  const routes = [
    ...appointmentRoutes(reservations),
    ...doctorRoutes(reservations, catalogue),
    ...removalRoutes(createRemoveAppointments(database)),
    ...erasureRoutes(createErasePatients(database, keys)),
  ];
  return createApp({
    logger,
    isInner: true,
    api: { ...API, routes },
    ready: database.ping,
    storeFile: database.file,
    draining,
    serviceToken,
  });
}
