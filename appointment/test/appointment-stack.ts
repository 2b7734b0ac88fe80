import {
  type ApiReply,
  createTestLogger,
  send,
  storeUrl,
  temporaryFolder,
  waitUntil,
} from '@appointments/chassis/testing';
import type { Kysely } from 'kysely';
import { expect } from 'vitest';
import { BACKEND_NAMES, mapServicesAsync } from '../../services.ts';
import type { AppointmentTables } from '../src/booking-store.ts';
import { type OrchestratorOptions, openOrchestrator, type StackOptions } from './orchestrator.ts';
import { startPeer } from './peers.ts';

export type { StackOptions } from './orchestrator.ts';

/** The guide's own request. */
export const GUIDE_REQUEST = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum: '1234567' };
/** The response to the guide's request when it fails. */
export const GUIDE_FAILURE = {
  appointment_status: 'failure',
  name: 'Thomas Colins',
  doctor: 'John Doe',
  date: '30-09-2019',
};
// Far more than anything takes on a machine that has the time.
export const PATIENCE_MS = 40_000;
export const BOOKING_PATH = '/doctorAppoinment/reservation';

const SETTINGS = {
  bookingDeadlineMs: 5_000,
  stepTimeoutMs: 2_000,
  maxInFlight: 64,
  stuckAfterMs: 2_000,
  actionTimeoutMs: 60_000,
};

type Peers = OrchestratorOptions['peers'];

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** The orchestrator and the real services that it needs, each over a fresh store, over real HTTP. */
export async function startStack(options: StackOptions = {}) {
  const folder = temporaryFolder();
  const { logger, lines } = createTestLogger();
  const { serviceToken = '', operatorToken = '' } = options;
  const peers = await mapServicesAsync(BACKEND_NAMES, async (name) =>
    startPeer(name, { databaseUrl: await storeUrl(folder.path, name), logger, serviceToken }),
  );
  const { reservation, payment } = peers;
  const orchestratorOptions: OrchestratorOptions = {
    ...SETTINGS,
    operatorToken,
    serviceToken,
    endpoints: [],
    ...options,
    peers,
    databaseUrl: await storeUrl(folder.path, 'appointment'),
    logger,
  };
  let orchestrator = await openOrchestrator(orchestratorOptions);
  const client = createClient(() => orchestrator.url, operatorToken);
  const { call } = client;

  return {
    ...client,
    ...peers,
    /** What all services logged. */
    lines,
    folder: folder.path,
    url: () => orchestrator.url,
    book: (request: unknown = GUIDE_REQUEST, headers: Record<string, string> = {}) =>
      call('POST', BOOKING_PATH, request, headers),
    /** The orchestrator's store, until it is restarted. */
    database: () => orchestrator.database,
    /** Writes to the orchestrator's store behind its back. */
    change: (work: (tables: Kysely<AppointmentTables>) => Promise<void>) => orchestrator.database.transaction(work),
    /** Waits until the booking at this path has the status. */
    async becomes(path: string, status: string): Promise<void> {
      const is = async () => (await call('GET', path)).json.status === status;
      await waitUntil(`${path} is ${status}`, is, PATIENCE_MS);
    },
    /** Waits until this many bookings hold a slot and the same ones hold money. */
    async keeps(count: number): Promise<void> {
      const does = async () => {
        const { slots, charges } = await findKept(peers);
        return slots.length === count && slots.join() === charges.join();
      };
      await waitUntil(`${count} bookings are kept`, does, PATIENCE_MS);
    },
    slots: (doctor: string, date: string) =>
      reservation.get(`/reservation/doctors/${encodeURIComponent(doctor)}/slots?date=${date}`),
    ledgerEntry: (path: string) => payment.get(`/payment/payments/${path.split('/').at(-1)}`),
    kept: () => findKept(peers),
    /** The orchestrator goes and comes back over the same store. */
    async restart(how: 'shutdown' | 'crash' = 'shutdown', changes: Partial<StackOptions> = {}): Promise<void> {
      await orchestrator[how]();
      orchestrator = await openOrchestrator({ ...orchestratorOptions, ...changes });
    },
    async [Symbol.asyncDispose]() {
      await orchestrator.shutdown();
      for (const peer of Object.values(peers)) await peer[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The routes as clients and operators call them. */
function createClient(url: () => string, operatorToken: string) {
  const asOperator = { authorization: `Bearer ${operatorToken}` };
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    send(url() + path, method, body, headers);
  return {
    call,
    /** The booking that a reply's Location names. */
    booking: async (reply: ApiReply) => (await call('GET', reply.headers.get('location') as string)).json,
    list: (query = '') => call('GET', `/bookings${query}`, undefined, asOperator),
    cancel: (path: string) => call('PUT', `${path}/cancellation`, undefined, asOperator),
    retry: (path: string) => call('POST', `${path}/retry`, undefined, asOperator),
  };
}

/** The bookings that hold a slot, and those that hold money. */
async function findKept({ reservation, payment }: Peers) {
  const appointments = (await reservation.get('/reservation/appointments?limit=500')).items;
  const charges = (await payment.get('/payment/payments?limit=500')).items;
  return {
    slots: referencesWith(appointments, 'status', 'booked'),
    charges: referencesWith(charges, 'payment_status', 'settled'),
  };
}

function referencesWith(items: Array<Record<string, string>>, member: string, value: string): string[] {
  return items.flatMap((item) => (item[member] === value ? [item.reference as string] : [])).sort();
}

/** The four-member failure under this status, its booking named by Location. */
export function expectFailure(reply: ApiReply, status: number, body: object = GUIDE_FAILURE): void {
  expect([reply.status, reply.text]).toEqual([status, JSON.stringify(body)]);
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
  expect(reply.headers.get('location')).toMatch(/^\/bookings\/[0-9a-f-]{36}$/);
  expect(reply.headers.has('retry-after')).toBe(status === 503 && !reply.headers.has('idempotent-replayed'));
}

/** A problem document with this status and code that shows none of the given texts and no stack. */
export function expectProblem(reply: ApiReply, status: number, code: string, neverShown: readonly string[] = []): void {
  expect([reply.status, reply.json?.code]).toEqual([status, code]);
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { traceId, ...rest } = reply.json;
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(Object.keys(rest).slice(0, 6)).toEqual(['type', 'title', 'status', 'detail', 'instance', 'code']);
  expect(rest.status).toBe(status);
  const shown = reply.text.replace(traceId, '');
  for (const text of ['at file', '.ts:', 'node_modules', ...neverShown]) expect(shown).not.toContain(text);
}
