import type { Failure, SagaRecord } from 'durable-saga';
import { isRefused } from './present-booking.ts';
import type { BookingOutcome, BookingStatus } from './schema.ts';

/** What a booking has come to; null where that is still open. A cancellation of a confirmed one does not change it. */
export function bookingOutcome({
  status,
  goal,
  failure,
}: Pick<SagaRecord, 'goal'> & { status: BookingStatus; failure: Failure | null }): BookingOutcome | null {
  if (failure !== null) return isRefused(failure) ? 'refused' : 'lost';
  return status === 'confirmed' || goal === 'cancel' ? 'confirmed' : null;
}

const FAILED: readonly BookingStatus[] = ['failed', 'compensated', 'compensating', 'stuck', 'paused', 'cancelled'];

/** The statuses that a booking with an outcome can have, and more than these bookings have them. */
export const STATUSES_OF_OUTCOME: Readonly<Record<BookingOutcome, readonly BookingStatus[]>> = {
  confirmed: ['confirmed', 'cancelled', 'compensating', 'stuck', 'paused'],
  refused: FAILED,
  lost: FAILED,
};
