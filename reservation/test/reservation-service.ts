import { createIdempotencyKeys, type Tokens } from '@appointments/chassis';
import { type OpenService, type ServiceParts, send, startTestService } from '@appointments/chassis/testing';
import { createReservationApp } from '../src/app.ts';
import { createCatalogue, type Doctor } from '../src/catalogue.ts';
import { readConfig } from '../src/config.ts';
import { openReservationDatabase } from '../src/reservation-store.ts';

/** What the guide's client sends, less its card. */
export const REQUEST = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019' };

/** The routes of a reservation service, wherever it runs. */
export function reservationApi(url: string) {
  const base = `${url}/reservation`;
  return {
    url,
    create: (body: unknown = REQUEST, key?: string, headers: Record<string, string> = {}) =>
      send(`${base}/createAppointment`, 'POST', body, { ...(key && { 'idempotency-key': key }), ...headers }),
    cancel: (reference: string) => send(`${base}/cancellations/${encodeURIComponent(reference)}`, 'PUT'),
    find: (id: string) => send(`${base}/appointments/${encodeURIComponent(id)}`, 'GET'),
    list: (query = '') => send(`${base}/appointments${query}`, 'GET'),
    erase: (references: readonly string[]) => send(`${base}/erasures`, 'POST', { references }),
    search: (body: unknown) => send(`${base}/patient-searches`, 'POST', body),
    doctors: () => send(`${base}/doctors`, 'GET'),
    slots: (doctor: string, query: string) =>
      send(`${base}/doctors/${encodeURIComponent(doctor)}/slots${query}`, 'GET'),
  };
}

/** A doctor with so many slots a day. */
export function doctorWithSlots(count: number, name = 'John Doe'): Doctor {
  const slots = Array.from({ length: count }, (_, slot) => `${(slot % 11) + 1}.${String(slot).padStart(2, '0')}am`);
  return { name, speciality: 'Cardiology', fee: 100_000, slots };
}

export interface ReservationServiceOptions {
  /** Those that the service ships with where they are left out. */
  doctors?: readonly Doctor[];
  serviceToken?: Tokens;
}

/** The real service over this store, for whoever starts it. */
export const openService = (async ({
  databaseUrl,
  logger,
  serviceToken,
  doctors = readConfig({}).DOCTORS_FILE.doctors,
}: ServiceParts & ReservationServiceOptions) => {
  const database = await openReservationDatabase(databaseUrl);
  const app = createReservationApp({
    database,
    catalogue: createCatalogue(doctors),
    keys: createIdempotencyKeys({ runningMs: 10_000, now: Date.now }),
    logger,
    draining: new AbortController().signal,
    serviceToken,
  });
  return { app, database, close: database.close };
}) satisfies OpenService;

/** The real service over a real store in a folder of its own. */
export async function startReservationService({ serviceToken = '', ...options }: ReservationServiceOptions = {}) {
  const open = (parts: Omit<ServiceParts, 'serviceToken'>) => openService({ ...parts, ...options, serviceToken });
  const service = await startTestService('reservation', open);
  return { ...reservationApi(service.url), ...service };
}
