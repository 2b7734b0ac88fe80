import { randomUUIDv7 } from 'node:crypto';
import { labelRequest, nameKey, Problem, type Reply, requestInProgress } from '@appointments/chassis';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { isEnded, OutcomeUnknown, outcomeOf, type SagaDefinition, type Sagas } from 'durable-saga';
import { Aborted, limitTime } from 'durable-store/time-limit';
import type { Booked } from './book-appointment.ts';
import { type AppointmentDatabase, type AppointmentTables, type Booking, findBookingByKey } from './booking-store.ts';
import { AlreadyReplied, type BookingWrites, type ClientRequest } from './booking-writes.ts';
import { bookingPath, bookingReply } from './present-booking.ts';
import { outcomeUnknown, overloaded } from './problems.ts';
import type { BookingBody, BookingRequest } from './schema.ts';

export interface StartBookingDependencies {
  database: AppointmentDatabase;
  sagas: Sagas<AppointmentTables>;
  bookAppointment: SagaDefinition<BookingRequest, Booked, string>;
  writes: BookingWrites;
  /** By when a client gets its response, in milliseconds. */
  deadlineMs: number;
  maxInFlight: number;
  /** Called for every booking that is refused because too much is in flight. */
  shed: () => void;
}

export type StartBooking = ReturnType<typeof createStartBooking>['startBooking'];

/** Starts the bookings of clients: each gets a permit, is stored with its key, and gets its response by its deadline. */
export function createStartBooking({ maxInFlight, shed, ...dependencies }: StartBookingDependencies) {
  const { sagas, bookAppointment, writes, deadlineMs } = dependencies;
  const permits = bulkhead(maxInFlight, 0);
  permits.onReject(shed);

  /**
   * Books an appointment and waits for the outcome.
   *
   * @param request what the client asks for beside the booking
   * @throws Problem 503 `overloaded`, 503 `outcome_unknown`; 409 and 422 for the key
   */
  async function startBooking(body: BookingBody, request: ClientRequest): Promise<Reply> {
    const replied = Promise.withResolvers<Reply>();
    permits.execute(() => book(body, request, replied.resolve)).catch(replied.reject);
    try {
      return await replied.promise;
    } catch (error) {
      if (error instanceof AlreadyReplied) return replay(error.reply);
      if (isInProgress(error) && request.idempotent)
        return replyWhileWaiting(dependencies, request.idempotent.key, error);
      throw error instanceof BulkheadRejectedError ? overloaded() : error;
    }
  }

  /** Resolves when the booking's permit is free again. */
  async function book(
    { cardNum, ...request }: BookingBody,
    clientRequest: ClientRequest,
    reply: (reply: Reply) => void,
  ): Promise<void> {
    using deadline = limitTime(deadlineMs);
    const booking = newBooking(request, cardNum, clientRequest);
    using unanswered = writes.track(booking, clientRequest);
    await unanswered.replayEarlier(dependencies.database.read);
    const starting = sagas.start(bookAppointment, {
      id: booking.id,
      input: { ...request, ...(clientRequest.respondAsync && { respondAsync: true as const }) },
      ...(cardNum !== undefined && { secret: cardNum }),
      inTransaction: (tables, saga) => unanswered.begin(tables, saga),
      subject: clientRequest.idempotent?.key,
    });
    const handle = await deadline.before(starting).catch(refuseIfUnknown(booking));
    labelRequest('saga', booking.id);
    if (unanswered.acceptance) reply(unanswered.acceptance);
    else {
      // Until it is known how the booking ends, or it waits for the cardholder.
      const saga = await handle.outcomeOrWaiting(deadline).catch(refuseIfUnknown(booking));
      const outcome = outcomeOf<Booked>(saga);
      // A slot that is released is free by the time that the client gets its response, where that does not take too long.
      if (outcome && !isEnded(saga)) await handle.rested(deadline).catch(() => {});
      reply(outcome ? unanswered.respond(outcome) : bookingReply(202, booking, saga));
      if (isEnded(saga)) return;
    }
    // Its undos are work as well: the permit is not free before they have been made, or left to a later run.
    await handle.rested();
  }

  return { startBooking, inFlight: () => maxInFlight - permits.executionSlots };
}

/** A reply that was sent before: the booking is the one that it names. */
function replay(reply: Reply): Reply {
  const id = reply.headers?.location?.replace(bookingPath(''), '');
  if (id) labelRequest('saga', id);
  return { ...reply, replayed: true };
}

function newBooking(
  { name, doctor, date }: BookingRequest,
  cardNum: string | undefined,
  { idempotent, client }: ClientRequest,
): Booking {
  return {
    name,
    doctor,
    date,
    id: randomUUIDv7(),
    doctor_key: nameKey(doctor),
    card_last_four: cardNum?.slice(-4) ?? '',
    idempotency_key: idempotent?.key ?? null,
    client: client ?? null,
  };
}

/** The client asks again while its booking waits for the cardholder: it is told for what. */
async function replyWhileWaiting(
  { database, sagas }: Pick<StartBookingDependencies, 'database' | 'sagas'>,
  key: string,
  inProgress: Problem,
): Promise<Reply> {
  const booking = await findBookingByKey(database.read, key);
  const saga = booking && (await sagas.find(booking.id));
  if (!booking || saga?.status !== 'waiting') throw inProgress;
  return replay(bookingReply(202, booking, saga));
}

const isInProgress = (error: unknown): error is Problem =>
  error instanceof Problem && error.code === requestInProgress.code;

/** No reply is kept under the client's key: a retry gets the outcome once there is one. */
function refuseIfUnknown(booking: Booking) {
  return (error: unknown): never => {
    if (!(error instanceof OutcomeUnknown || error instanceof Aborted)) throw error;
    // It may have begun.
    labelRequest('saga', booking.id);
    throw outcomeUnknown({ headers: { location: bookingPath(booking.id) }, cause: error });
  };
}
