import { parseAmount } from '@appointments/chassis';
import { z } from 'zod';
import type { BackendName, ServiceName } from '../services.ts';

/** The addresses and tokens of a running stack. */
export interface StackAddresses extends Record<ServiceName, string> {
  serviceToken?: string | undefined;
  /** Without it the audit covers only bookings that left something in one of the other stores. */
  operatorToken?: string | undefined;
}

const appointment = z.object({
  appointmentId: z.string(),
  reference: z.string(),
  doctor_name: z.string(),
  date: z.string(),
  time: z.string(),
  fee: z.string(),
  status: z.enum(['booked', 'cancelled']),
});
const payment = z.object({
  reference: z.string(),
  payment_id: z.string().nullish(),
  payment_status: z.string(),
  amount: z.string().nullish(),
});
const booking = z.object({
  id: z.string(),
  status: z.string(),
  reply: z.object({ appointmentId: z.string().optional(), payment_id: z.string().optional() }).nullable(),
});

type Appointment = z.output<typeof appointment>;
type Payment = z.output<typeof payment>;
type Booking = z.output<typeof booking>;

/** What the stores hold. */
export interface Stores {
  appointments: Appointment[];
  payments: Payment[];
  bookings: Booking[];
}

/** One invariant of the stores together, and every place where it does not hold. */
export interface Finding {
  invariant: string;
  violations: string[];
}

export interface Audit {
  appointments: number;
  payments: number;
  bookings: number;
  findings: Finding[];
  passed: boolean;
}

/** No service responds at an address of the stack. */
export class StackAway extends Error {
  override name = 'StackAway';

  constructor(url: string, cause: unknown) {
    const [, origin = url] = /^(\w+:\/\/[^/]+)/.exec(url) ?? [];
    const { code } = ((cause as Error).cause ?? {}) as { code?: string };
    super(`nothing responds at ${origin}${code ? ` (${code})` : ''}; start a stack with 'make up' or 'npm start'`, {
      cause,
    });
  }
}

async function getJson(url: string, token: string | undefined): Promise<unknown> {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(url, { headers }).catch((error: unknown) => {
    throw new StackAway(url, error);
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${new URL(url).pathname} responded with ${response.status}`);
  return response.json();
}

async function readPages<Item>(url: string, token: string | undefined, item: z.ZodType<Item>): Promise<Item[]> {
  const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { items: more, nextCursor }: z.output<typeof page> = page.parse(await getJson(`${url}?${query}`, token));
    items.push(...more);
    cursor = nextCursor;
  }
  return items;
}

async function readBookings(stack: StackAddresses, references: Iterable<string>): Promise<Booking[]> {
  if (stack.operatorToken) return readPages(`${stack.appointment}/bookings`, stack.operatorToken, booking);
  const found: Booking[] = [];
  for (const reference of references) {
    const body = await getJson(`${stack.appointment}/bookings/${encodeURIComponent(reference)}`, undefined);
    if (body !== undefined) found.push(booking.parse(body));
  }
  return found;
}

type ReadPage = (url: string, token: string | undefined) => Promise<Array<{ reference: string }>>;

// A backend that is missing here would not be audited.
const BACKEND_STORES = {
  reservation: (url, token) => readPages(`${url}/reservation/appointments`, token, appointment),
  payment: (url, token) => readPages(`${url}/payment/payments`, token, payment),
} satisfies Record<BackendName, ReadPage>;

/**
 * Reads the stores through the services' own routes.
 *
 * @throws where a service does not respond or refuses the token
 */
export async function readStores(stack: StackAddresses): Promise<Stores> {
  const appointments = await BACKEND_STORES.reservation(stack.reservation, stack.serviceToken);
  const payments = await BACKEND_STORES.payment(stack.payment, stack.serviceToken);
  const references = new Set([...appointments, ...payments].map(({ reference }) => reference));
  return { appointments, payments, bookings: await readBookings(stack, references) };
}

/**
 * Checks that the stores agree with each other.
 *
 * @throws where a service does not respond or refuses the token
 */
export async function auditStack(stack: StackAddresses): Promise<Audit> {
  const { appointments, payments, bookings } = await readStores(stack);
  const findings = inspectStores(appointments, payments, bookings);
  return {
    appointments: appointments.length,
    payments: payments.length,
    bookings: bookings.length,
    findings,
    passed: findings.every(({ violations }) => violations.length === 0),
  };
}

/** In minor units; exact, where a sum of numbers would soon not be. */
const sum = (amounts: Array<string | null | undefined>): bigint =>
  amounts.reduce((total, text) => total + BigInt(parseAmount(text ?? '') ?? 0), 0n);

const UNFINISHED = new Set(['pending', 'requires_action', 'compensating', 'stuck', 'paused']);

/** The invariants themselves, over what the stores hold. */
export function inspectStores(appointments: Appointment[], payments: Payment[], bookings: Booking[]): Finding[] {
  const live = appointments.filter(({ status }) => status === 'booked');
  const settled = payments.filter(({ payment_status }) => payment_status === 'settled');
  const liveByReference = new Map(live.map((row) => [row.reference, row]));
  const settledByReference = new Map(settled.map((row) => [row.reference, row]));
  const ended = bookings.filter(({ status }) => !UNFINISHED.has(status));
  const confirmed = ended.filter(({ status }) => status === 'confirmed');
  const undone = ended.filter(({ status }) => status !== 'confirmed');
  const fees = sum(live.map(({ fee }) => fee));
  const kept = sum(settled.map(({ amount }) => amount));
  return [
    {
      invariant: 'one live appointment per doctor, day and time',
      violations: repeated(live.map(({ doctor_name, date, time }) => `${doctor_name}, ${date}, ${time}`)),
    },
    {
      invariant: 'one appointment and one payment per booking',
      violations: [
        ...repeated(appointments.map(({ reference }) => reference)),
        ...repeated(payments.map(({ reference }) => reference)),
      ],
    },
    {
      invariant: 'every settled payment has its live appointment',
      violations: settled.filter(({ reference }) => !liveByReference.has(reference)).map(({ reference }) => reference),
    },
    {
      invariant: 'every live appointment has its settled payment',
      violations: live.filter(({ reference }) => !settledByReference.has(reference)).map(({ reference }) => reference),
    },
    {
      invariant: 'money kept equals fees of live appointments',
      violations: kept === fees ? [] : [`kept ${kept}, fees ${fees} (minor units)`],
    },
    {
      invariant: 'every confirmed booking is in both stores',
      violations: confirmed.filter((row) => !isBacked(row, liveByReference, settledByReference)).map(({ id }) => id),
    },
    {
      invariant: 'every other ended booking left nothing behind',
      violations: undone.filter(({ id }) => liveByReference.has(id) || settledByReference.has(id)).map(({ id }) => id),
    },
    {
      invariant: 'every booking has ended',
      violations: bookings.filter(({ status }) => UNFINISHED.has(status)).map(({ id, status }) => `${id} (${status})`),
    },
  ];
}

function isBacked({ id, reply }: Booking, live: Map<string, Appointment>, settled: Map<string, Payment>): boolean {
  const ids = [live.get(id)?.appointmentId, settled.get(id)?.payment_id];
  return ids.every((value) => value !== undefined) && ids[0] === reply?.appointmentId && ids[1] === reply?.payment_id;
}

function repeated(values: string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
