import type { IdempotencyKeys, IdempotentRequest, Reply } from '@appointments/chassis';
import type { Outcome, SagaRecord } from 'durable-saga';
import { TransientMap } from 'durable-store/transient-map';
import type { Kysely } from 'kysely';
import type { Booked } from './book-appointment.ts';
import { type AppointmentTables, type Booking, findBooking, insertBooking } from './booking-store.ts';
import { bookingReply, replyTo } from './present-booking.ts';

type Tables = Kysely<AppointmentTables>;

export type BookingWrites = ReturnType<typeof createBookingWrites>;

/** Keeps a booking from beginning: its key was used before, and has its reply. */
export class AlreadyReplied extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super();
    this.reply = reply;
  }
}

/** What a booking writes beside its saga: itself and the client's key as it begins, and the response with its outcome. */
export function createBookingWrites(keys: IdempotencyKeys) {
  // One whose client waits here need not be read again.
  const unanswered = new TransientMap<UnansweredBooking>();

  return {
    /** Remembers a booking until it is disposed of. */
    track(booking: Booking, request: ClientRequest): UnansweredBooking {
      const forget = () => void unanswered.delete(booking.id);
      const one = new UnansweredBooking(keys, booking, request, forget);
      unanswered.set(booking.id, one);
      return one;
    },
    /** Keeps the response for the client's retries, in the transaction that makes the outcome final. */
    async onOutcome(tables: Tables, outcome: Outcome<Booked>): Promise<void> {
      const { id } = outcome.saga;
      const here = unanswered.get(id);
      const booking = here?.booking ?? (await findBooking(tables, id));
      const key = booking?.idempotency_key;
      if (key) await keys.complete(tables, key, here?.respond(outcome) ?? replyTo(booking, outcome));
    },
  };
}

/** What the client asked for beside the booking itself. */
export interface ClientRequest {
  /** The client's id, where booking is not open to everybody. */
  client: string | undefined;
  /** Its key, where it sent one. */
  idempotent: IdempotentRequest | undefined;
  /** Whether it gets 202 as soon as the booking has begun. */
  respondAsync: boolean;
}

/** A booking whose client waits for this process's response. */
class UnansweredBooking implements Disposable {
  readonly booking: Booking;
  readonly #keys: IdempotencyKeys;
  readonly #request: ClientRequest;
  readonly #forget: () => void;
  #acceptance: Reply | undefined;
  #response: { saga: SagaRecord; reply: Reply } | undefined;

  constructor(keys: IdempotencyKeys, booking: Booking, request: ClientRequest, forget: () => void) {
    this.#keys = keys;
    this.booking = booking;
    this.#request = request;
    this.#forget = forget;
  }

  [Symbol.dispose](): void {
    this.#forget();
  }

  /** The 202, where the client asked for one and the booking has begun. */
  get acceptance(): Reply | undefined {
    return this.#acceptance;
  }

  /**
   * Tells a retry what it gets, before its booking begins: the transaction that begins it, which decides, is shared with others, and
   * costs them a second run where it is refused.
   *
   * @throws as `begin`
   */
  async replayEarlier(tables: Tables): Promise<void> {
    const { idempotent } = this.#request;
    const earlier = idempotent && (await this.#keys.find(tables, idempotent));
    if (earlier) throw new AlreadyReplied(earlier);
  }

  /**
   * Writes the booking and its key, in the transaction that begins its saga.
   *
   * @throws AlreadyReplied; Problem 409 and 422 for the key
   */
  async begin(tables: Tables, saga: SagaRecord): Promise<void> {
    const { idempotent, respondAsync } = this.#request;
    const earlier = idempotent && (await this.#keys.claim(tables, idempotent));
    if (earlier) throw new AlreadyReplied(earlier);
    await insertBooking(tables, this.booking);
    if (!respondAsync) return;
    // Made once: the saga goes on while the response is sent, and a retry must get the same bytes.
    this.#acceptance = bookingReply(202, this.booking, saga, { 'preference-applied': 'respond-async' });
    if (idempotent) await this.#keys.complete(tables, idempotent.key, this.#acceptance);
  }

  /** The response to the outcome, made once for each record that it is the outcome of: a write of one may not come through. */
  respond(outcome: Outcome<Booked>): Reply {
    const { saga } = outcome;
    if (this.#response?.saga !== saga) this.#response = { saga, reply: replyTo(this.booking, outcome) };
    return this.#response.reply;
  }
}
