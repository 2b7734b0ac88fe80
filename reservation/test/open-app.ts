import { openAppParts } from '@appointments/chassis/testing';
import type Koa from 'koa';
import { createReservationApp } from '../src/app.ts';
import { createCatalogue } from '../src/catalogue.ts';
import { openReservationDatabase } from '../src/reservation-store.ts';

/** The app over a store in memory, for a look at its routes. */
export async function openApp(): Promise<Koa> {
  const database = await openReservationDatabase('memory:');
  return createReservationApp({ database, catalogue: createCatalogue([]), ...openAppParts() });
}
