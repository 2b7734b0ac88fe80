import { expect, vi } from 'vitest';
import { type BookingRequest, bookingIdOf, type Confirmation } from './api/appointment.ts';
import type { Stack } from './environment.ts';
import { DECLINED, failureOf, SETTLES } from './guide.ts';

/** What a client saw of one booking. */
export interface Seen {
  request: BookingRequest;
  /** Undefined where the connection broke or could not be made. */
  status: number | undefined;
  id: string | undefined;
  body: unknown;
  retryAfter: string | undefined;
  tookMs: number;
}

const CLIENTS = 4;
// A slow client is more like a person, and a dead stack must not make a busy loop of the load.
const PAUSE_MS = 20;

// The balancer's problems for a request that a replica had: its client does not know the outcome.
const REPLICA_LOST = new Set(['replica_lost', 'replica_silent']);
// The orchestrator's own, where the outcome is not known by the deadline: the booking at Location tells it later.
const OUTCOME_UNKNOWN = 'outcome_unknown';

const twoDigits = (number: number) => String(number).padStart(2, '0');
let days = 0;
let patients = 0;

/** A day that no earlier test of this file has booked on. */
export function freshDay(): string {
  const day = days++;
  return `${twoDigits((day % 28) + 1)}-${twoDigits((Math.floor(day / 28) % 12) + 1)}-${2040 + Math.floor(day / 336)}`;
}

/** Books once and records the outcome. */
export async function bookOnce(stack: Stack, wishes: Partial<BookingRequest> = {}): Promise<Seen> {
  // A patient of their own, so that a booking whose id no client got can be found as well.
  const name = `Ada Byron ${patients++}`;
  const request = { name, doctor: 'John Doe', date: freshDay(), cardNum: SETTLES, ...wishes };
  const begun = performance.now();
  const response = await stack.appointment.book(request).catch(() => undefined);
  const tookMs = performance.now() - begun;
  return {
    request,
    status: response?.status,
    id: response && bookingIdOf(response),
    body: response?.body,
    retryAfter: response?.headers['retry-after'] as string | undefined,
    tookMs,
  };
}

/** Clients who book one after the other: more of them than there are slots, every seventh with a card that is declined. */
export function startBookings(stack: Stack) {
  const seen: Seen[] = [];
  const stop = new AbortController();
  let begun = 0;
  let date = freshDay();

  async function client(): Promise<void> {
    while (!stop.signal.aborted) {
      begun += 1;
      if (begun % 6 === 0) date = freshDay();
      const cardNum = begun % 7 === 0 ? DECLINED : SETTLES;
      seen.push(await bookOnce(stack, { doctor: 'Chidi Okafor', date, cardNum }));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  const clients = Array.from({ length: CLIENTS }, client);
  return {
    /** Waits for so many more responses of one kind. */
    async see(count: number, status: number | undefined): Promise<void> {
      const from = seen.length;
      await vi.waitFor(
        () => {
          const more = seen.slice(from).map((one) => one.status);
          if (more.filter((one) => one === status).length < count) throw new Error(`too few ${status} in: ${more}`);
        },
        { timeout: 20_000, interval: 20 },
      );
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(clients);
    },
    async stop(): Promise<Seen[]> {
      stop.abort();
      await Promise.all(clients);
      return seen;
    },
  };
}

/** What the stores hold for good: the live appointment and the kept payment of each booking. */
async function readKept(stack: Stack) {
  const appointments = (await stack.reservation.list()).filter(({ status }) => status === 'booked');
  const payments = (await stack.payment.list()).filter(({ payment_status }) => payment_status === 'settled');
  return {
    live: new Map(appointments.map(({ reference, appointmentId }) => [reference, appointmentId])),
    settled: new Map(payments.map(({ reference, payment_id }) => [reference, payment_id])),
    patients: new Set(appointments.map(({ patient_name }) => patient_name)),
  };
}

const problemOf = ({ body }: Seen) => (body as { code?: string } | undefined)?.code;

const isUndecided = (one: Seen) => problemOf(one) === OUTCOME_UNKNOWN;

/** What a client was told, or can learn from its booking where the outcome was not known in time. */
async function confirmationOf(stack: Stack, one: Seen): Promise<Confirmation | undefined> {
  if (one.status === 200) return one.body as Confirmation;
  if (!isUndecided(one)) return undefined;
  const { status, body } = await stack.appointment.find(String(one.id));
  return status === 200 && body.status === 'confirmed' ? (body.reply as Confirmation) : undefined;
}

/**
 * Checks that the replies agree with the stores: every 200 has its appointment and its payment, and nothing is left of
 * any failure, which has the guide's four members. Where the outcome was not known in time, the booking tells it.
 *
 * @param retryable codes of the problems that may have kept a booking from beginning: nothing is left of those either,
 * except where the balancer says that it lost a replica's response
 */
export async function expectSeenIsTrue(
  stack: Stack,
  seen: readonly Seen[],
  retryable: readonly string[] = [],
): Promise<void> {
  const { live, settled, patients } = await readKept(stack);
  const held = ({ id = '' }: Seen) => ({ appointment: live.get(id), payment: settled.get(id) });
  const told = async (one: Seen) => {
    const { appointmentId, payment_id } = (await confirmationOf(stack, one)) ?? {};
    return { id: expect.any(String), appointment: appointmentId, payment: payment_id };
  };
  const codeOf = (one: Seen) => (one.id ? undefined : problemOf(one));
  const isRetryable = (one: Seen) => retryable.includes(codeOf(one) ?? '');
  const responded = seen.filter((one) => one.status !== undefined && !isRetryable(one));
  expect(responded.map((one) => ({ id: one.id, ...held(one) }))).toEqual(await Promise.all(responded.map(told)));
  const failures = responded.filter((one) => one.status !== 200 && !isUndecided(one));
  expect(failures.map(({ body }) => body)).toEqual(failures.map(({ request }) => failureOf(request)));
  expect(new Set(failures.map(({ status }) => status))).toSatisfy((statuses: Set<number>) =>
    new Set([402, 409, 503]).isSupersetOf(statuses),
  );
  const refused = seen.filter(isRetryable);
  expect([...refused, ...responded.filter(isUndecided)].filter(({ retryAfter }) => !retryAfter)).toEqual([]);
  const unbegun = refused.filter((one) => !REPLICA_LOST.has(codeOf(one) ?? ''));
  expect(unbegun.filter(({ request }) => patients.has(request.name))).toEqual([]);
}
