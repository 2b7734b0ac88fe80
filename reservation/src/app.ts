import { createApp, type IdempotencyKeys, type Logger } from '@appointments/chassis';
import type Koa from 'koa';
import type { Catalogue } from './catalogue.ts';
import { apiDocument } from './openapi.ts';
import { createReservations } from './reservation.ts';
import type { ReservationDatabase } from './reservation-store.ts';
import { createRoutes } from './routes.ts';

export interface ReservationAppOptions {
  database: ReservationDatabase;
  catalogue: Catalogue;
  keys: IdempotencyKeys;
  logger: Logger;
  draining: AbortSignal;
  serviceToken?: string | undefined;
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
  const router = createRoutes(createReservations({ database, catalogue, keys }), catalogue);
  return createApp({
    logger,
    router,
    apiDocument,
    ready: database.ping,
    draining,
    serviceToken,
  });
}
