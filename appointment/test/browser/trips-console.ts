import { createApp, createMetrics } from '@appointments/chassis';
import { createTestLogger, startTestServer } from '@appointments/chassis/testing';
import Router from '@koa/router';
import type { SagaRecord } from 'durable-saga';
import { createCallers } from '../../src/access/callers.ts';
import { createGuessLimit } from '../../src/access/guess-limit.ts';
import { insertBooking, openAppointmentDatabase } from '../../src/booking-store.ts';
import { createConsole } from '../../src/console/console.ts';
import { TOLD_TRIPS, tell, tripId } from '../console/told-trips.ts';

const BOOKING = { doctor: 'John Doe', doctor_key: 'john doe', date: '04-03-2031', card_last_four: '4242' };

const pathOf = (name: string) => `/console/bookings/${tripId(name)}`;

/** The console over bookings whose sagas are the trips. */
export async function startTripsConsole(operatorToken: string) {
  const database = await openAppointmentDatabase('memory:');
  const names = Object.keys(TOLD_TRIPS);
  const sagas = new Map<string, SagaRecord>();
  await Promise.all(
    names.map(async (name) => {
      const saga = await tell(name);
      sagas.set(saga.id, saga);
      const booking = { id: saga.id, name: `Grace, ${name}`, idempotency_key: null, client: null, ...BOOKING };
      await database.transaction((tables) => insertBooking(tables, booking));
    }),
  );
  const { logger } = createTestLogger();
  const draining = new AbortController().signal;
  const noAction = async () => {};
  const operations = createConsole({
    now: Date.now,
    actionTimeoutMs: 900_000,
    database,
    findSaga: async (id) => sagas.get(id),
    findReferences: async () => [],
    testBookings: {
      openDesk: async () => undefined,
      areOffered: async () => false,
      book: () => Promise.reject(new Error('there are none')),
    },
    actions: { cancel: noAction, retry: noAction, pause: noAction, resume: noAction, retryMany: async () => undefined },
    deliveries: { list: async () => [], sendAgain: () => Promise.reject(new Error('there are none')) },
    peers: [],
    operatorToken,
    callers: createCallers({ operatorToken }),
    guesses: createGuessLimit({ database, now: Date.now }),
    logger,
    draining,
  });
  const router = new Router().use(operations.routes());
  const app = createApp({ logger, metrics: createMetrics(), router, ready: database.ping, draining });
  const server = await startTestServer(app);
  return {
    url: server.url,
    paths: names.map(pathOf),
    pathOf,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database.close();
    },
  };
}
