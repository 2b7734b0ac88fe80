import { openAppParts } from '@appointments/chassis/testing';
import type Koa from 'koa';
import { createAppointmentApp } from '../src/app.ts';
import { openAppointmentDatabase } from '../src/booking-store.ts';
import { readConfig } from '../src/config.ts';
import { openPeers } from '../src/peers.ts';

/** The app over a store in memory, for a look at its routes. */
export async function openApp(): Promise<Koa> {
  const { app, sagas } = await createAppointmentApp({
    database: await openAppointmentDatabase('memory:'),
    peers: openPeers(readConfig({}), 1),
    bookingDeadlineMs: 1_000,
    maxInFlight: 1,
    operatorToken: 'token',
    stuckAfterMs: 30_000,
    actionTimeoutMs: 900_000,
    webhooks: { endpoints: [], send: async () => ({ status: 204, code: null }) },
    ...openAppParts(),
  });
  await sagas.close();
  return app;
}
