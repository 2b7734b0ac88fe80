import { fingerprintOf, type Logger } from '@appointments/chassis';
import { limitTime } from 'durable-store/time-limit';
import type { Caller } from '../access/access-file.ts';
import type { TestCard } from '../clients/payment-client.ts';
import type { Clients } from '../peers.ts';
import type { BookingBody } from '../schema.ts';
import type { StartBooking } from '../start-booking.ts';

/** What a test booking can be made of. */
export interface TestDesk {
  doctors: readonly string[];
  cards: readonly TestCard[];
}

export interface TestBookingsDependencies extends Clients {
  startBooking: StartBooking;
  /** Whether bookings belong to who makes them. */
  bookingIsGuarded: boolean;
  logger: Logger;
  /** Milliseconds since the epoch, or any other time that goes on steadily. */
  now: () => number;
}

export type TestBookings = ReturnType<typeof createTestBookings>;

// An operator waits for it.
const PATIENCE_MS = 1_000;
// For the link to it; before a booking is taken the payment service is asked anew.
const KNOWN_MS = 60_000;
const UNKNOWN_MS = 5_000;

/**
 * Test bookings, which operators make where the payment service runs its sandbox: it says so itself, for a setting here could
 * contradict what is charged there.
 */
export function createTestBookings(dependencies: TestBookingsDependencies) {
  const { reservations, payments, startBooking, bookingIsGuarded, logger, now } = dependencies;
  let offered = { is: false, until: Number.NEGATIVE_INFINITY };

  /** @returns undefined where another gateway is in use; throws PeerUnavailable */
  async function openDesk(): Promise<TestDesk | undefined> {
    using patience = limitTime(PATIENCE_MS);
    const { gateway, testCards } = await payments.gateway(patience.signal);
    if (gateway !== 'sandbox') return undefined;
    return { doctors: await reservations.doctors(patience.signal), cards: testCards };
  }

  /** Whether a page should lead here; it is asked for with every list, and so remembered. */
  async function areOffered(): Promise<boolean> {
    if (now() < offered.until) return offered.is;
    using patience = limitTime(PATIENCE_MS);
    try {
      const { gateway } = await payments.gateway(patience.signal);
      offered = { is: gateway === 'sandbox', until: now() + KNOWN_MS };
    } catch (error) {
      logger.debug('the payment service does not say which gateway it uses', { error });
      offered = { is: false, until: now() + UNKNOWN_MS };
    }
    return offered.is;
  }

  /**
   * Books as a client would that wants no more than the booking's address.
   *
   * @param key of the form: sent twice, it books once
   * @returns the booking's id; throws the Problems of `startBooking`
   */
  async function book(body: BookingBody, key: string, caller: Caller): Promise<string> {
    const { cardNum, ...request } = body;
    const fingerprint = fingerprintOf({ ...request, card: cardNum?.slice(-4) });
    const reply = await startBooking(body, {
      client: bookingIsGuarded ? caller.id : undefined,
      // No key that a client sends has a space in it.
      idempotent: { key: `${caller.id} test ${key}`, fingerprint, route: '/console/test-booking' },
      respondAsync: true,
    });
    return reply.headers?.location?.split('/').at(-1) ?? '';
  }

  return { openDesk, areOffered, book };
}
