import { randomUUIDv7 } from 'node:crypto';
import { type IdempotencyKeys, type IdempotentRequest, jsonReply, Problem, type Reply } from '@appointments/chassis';
import { isTerminal, NotPossible, type SagaDefinition, type SagaRecord, type SagaRunner } from 'durable-saga';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import type { Kysely } from 'kysely';
import {
  type AppointmentDatabase,
  type AppointmentTables,
  type Booking,
  doctorKey,
  findBooking,
  insertBooking,
  listBookingIds,
} from './booking-store.ts';
import { bookingPath, presentBooking, replyTo, toSagaStatus } from './present-booking.ts';
import type { BookingBody, BookingRequest, BookingsQuery } from './schema.ts';

export interface BookingsDependencies {
  database: AppointmentDatabase;
  runner: SagaRunner<AppointmentTables>;
  bookAppointment: SagaDefinition<BookingRequest, string>;
  keys: IdempotencyKeys;
  /** By when a client is answered. */
  deadlineMs: number;
  maxInFlight: number;
  /** Told of every booking that is refused because too much is in flight. */
  shed?: () => void;
}

export type Bookings = ReturnType<typeof createBookings>;

/** Keeps a booking from beginning: its key has been answered before. */
class AnsweredBefore extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super();
    this.reply = reply;
  }
}

/** Bookings as a resource: begun by clients, looked at by anyone who knows the id, cancelled and retried by operators. */
export function createBookings({
  database,
  runner,
  bookAppointment,
  keys,
  deadlineMs,
  maxInFlight,
  shed,
}: BookingsDependencies) {
  // What this process has begun need not be read again when it is decided.
  const begun = new Map<string, Booking>();
  const inFlight = bulkhead(maxInFlight, 0);
  if (shed) inFlight.onReject(shed);

  /**
   * Books an appointment and waits for what becomes of it.
   *
   * @param idempotent the client's key, where it sent one
   * @param async whether the client is answered 202 as soon as the booking has begun
   * @throws Problem 503 `overloaded`; 409 and 422 for the key
   */
  async function book(body: BookingBody, idempotent: IdempotentRequest | undefined, async: boolean): Promise<Reply> {
    const answered = Promise.withResolvers<Reply>();
    inFlight.execute(() => drive(body, idempotent, async, answered)).catch(answered.reject);
    try {
      return await answered.promise;
    } catch (error) {
      if (error instanceof AnsweredBefore) return { ...error.reply, replayed: true };
      throw error instanceof BulkheadRejectedError ? overloaded() : error;
    }
  }

  async function drive(
    { cardNum, ...request }: BookingBody,
    idempotent: IdempotentRequest | undefined,
    async: boolean,
    answered: PromiseWithResolvers<Reply>,
  ): Promise<void> {
    const answerBy = performance.now() + deadlineMs;
    const booking: Booking = {
      ...request,
      id: randomUUIDv7(),
      doctor_key: doctorKey(request.doctor),
      card_last_four: cardNum.slice(-4),
      idempotency_key: idempotent?.key ?? null,
    };
    // Made once: the saga goes on while the client is answered, and a repeat is promised the same bytes.
    let acceptance: Reply | undefined;
    const begin = async (tables: Kysely<AppointmentTables>, saga: SagaRecord) => {
      const earlier = idempotent && (await keys.claim(tables, idempotent));
      if (earlier) throw new AnsweredBefore(earlier);
      await insertBooking(tables, booking);
      if (!async) return;
      acceptance = accepted(booking, saga);
      if (idempotent) await keys.complete(tables, idempotent.key, acceptance);
    };
    begun.set(booking.id, booking);
    try {
      const { decided, ended } = await runner.start(bookAppointment, booking.id, request, {
        secret: cardNum,
        within: begin,
      });
      if (acceptance) answered.resolve(acceptance);
      const outcome = await decided;
      const reply = replyTo(booking, outcome);
      if (!isTerminal(outcome)) await settledBefore(ended, answerBy);
      answered.resolve(reply);
      await ended;
    } finally {
      begun.delete(booking.id);
    }
  }

  /** For the runner: keeps the reply for repeats in the transaction that decides the booking. */
  async function keepReply(tables: Kysely<AppointmentTables>, saga: SagaRecord): Promise<void> {
    const booking = begun.get(saga.id) ?? (await findBooking(tables, saga.id));
    if (booking?.idempotency_key) await keys.complete(tables, booking.idempotency_key, replyTo(booking, saga));
  }

  async function present(saga: SagaRecord | undefined) {
    const booking = saga && (await findBooking(database.read, saga.id));
    if (!booking) throw new Problem(404, 'booking_not_found', { detail: 'There is no booking with that id.' });
    return presentBooking(booking, saga);
  }

  /** @throws Problem 404 `booking_not_found` */
  async function find(id: string) {
    return present(await runner.find(id));
  }

  async function list({ status, doctor, limit, cursor }: BookingsQuery) {
    const sagaStatus = status && toSagaStatus(status);
    const ids = await listBookingIds(database.read, { sagaStatus, doctor, before: cursor, limit: limit + 1 });
    const items = await Promise.all(ids.slice(0, limit).map(find));
    return { items, nextCursor: ids.length > limit ? (ids[limit - 1] ?? null) : null };
  }

  /** Waits for a drive, though no longer than a client waits for a booking, and shows how far it has come. */
  async function presentAfter(id: string, turned: Promise<SagaRecord | undefined>) {
    await settledBefore(turned, performance.now() + deadlineMs);
    return find(id);
  }

  /**
   * Refunds and releases a confirmed booking; a booking that was cancelled before is left as it is.
   *
   * @returns the booking, which may still be on its way back
   * @throws Problem 404 `booking_not_found`, 409 `booking_not_confirmed`
   */
  async function cancel(id: string) {
    const detail = 'Only a confirmed booking can be cancelled.';
    return presentAfter(id, runner.cancel(id).catch(refuseIfNotPossible('booking_not_confirmed', detail)));
  }

  /** @throws Problem 404 `booking_not_found`, 409 `booking_not_stuck` */
  async function retry(id: string) {
    const detail = 'Only a stuck booking can be retried.';
    return presentAfter(id, runner.retry(id).catch(refuseIfNotPossible('booking_not_stuck', detail)));
  }

  return { book, keepReply, find, list, cancel, retry, inFlight: () => maxInFlight - inFlight.executionSlots };
}

function accepted(booking: Booking, saga: SagaRecord): Reply {
  const headers = { location: bookingPath(booking.id), 'preference-applied': 'respond-async' };
  return jsonReply(202, presentBooking(booking, saga), headers);
}

async function settledBefore(work: Promise<unknown>, time: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, Math.max(0, time - performance.now()));
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}

const overloaded = () =>
  new Problem(503, 'overloaded', {
    detail: 'Too much is in flight. Nothing was begun; try again in a moment.',
    headers: { 'retry-after': '1' },
  });

function refuseIfNotPossible(code: string, detail: string) {
  return (error: unknown): never => {
    throw error instanceof NotPossible ? new Problem(409, code, { detail, cause: error }) : error;
  };
}
