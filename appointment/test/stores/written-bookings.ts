/** One booking of the kept stores: what was asked for, where it was when its processes were killed, and how it ends. */
export interface WrittenBooking {
  /** The patient's, which says what the booking is there for; no two bookings have the same one. */
  readonly name: string;
  readonly doctor: string;
  /** DD-MM-YYYY. */
  readonly date: string;
  readonly cardNum: string;
  /** The client's `Idempotency-Key`, where it sent one. */
  readonly key?: string;
  /** The row of `sagas` in short, as `describeSaga` writes it. */
  readonly was: string;
  /** Its status once everything has recovered. */
  readonly becomes: 'confirmed' | 'failed' | 'compensated' | 'cancelled';
  /** The HTTP status that its client got, or gets when it retries with its key. */
  readonly reply: number;
}

const SETTLES = '4242424242424242';
const DECLINED = '4000000000000002';

// Four slots a day, which the first four bookings take.
const FULL_DAY = { doctor: 'Kavya Menon', date: '01-07-2031', cardNum: SETTLES };
const FREE_DAY = { doctor: 'Farid Haddad', date: '02-07-2031', cardNum: SETTLES };
const ANOTHER_FREE_DAY = { ...FREE_DAY, date: '03-07-2031' };

const confirmed = {
  was: 'completed: reserve done (undo registered), pay done (undo registered)',
  becomes: 'confirmed',
  reply: 200,
} as const;
const inReserve = { was: 'pending: reserve running (undo registered)', becomes: 'compensated', reply: 503 } as const;
const inPay = {
  was: 'pending: reserve done (undo registered), pay running (undo registered)',
  becomes: 'compensated',
  reply: 503,
} as const;
const cancelled = { becomes: 'cancelled', reply: 200 } as const;

/** Everything that the kept stores hold, in the order in which the bookings were asked for. */
export const WRITTEN_BOOKINGS: readonly WrittenBooking[] = [
  { name: 'Confirmed', ...FULL_DAY, ...confirmed },
  { name: 'Confirmed with a key', key: 'confirmed', ...FULL_DAY, ...confirmed },
  { name: 'Confirmed without waiting', ...FULL_DAY, ...confirmed },
  {
    name: 'Stuck in refund',
    ...FULL_DAY,
    ...cancelled,
    was: 'stuck: reserve done (undo pending), pay done (undo failed)',
  },
  { name: 'Day full', ...FULL_DAY, was: 'failed: reserve failed (undo registered)', becomes: 'failed', reply: 409 },
  {
    name: 'Unknown doctor',
    ...FREE_DAY,
    doctor: 'Nobody',
    was: 'failed: reserve failed (undo registered)',
    becomes: 'failed',
    reply: 404,
  },
  {
    name: 'Declined card',
    ...FREE_DAY,
    cardNum: DECLINED,
    key: 'declined',
    was: 'compensated: reserve done (undo done), pay failed (undo registered)',
    becomes: 'compensated',
    reply: 402,
  },
  { name: 'Cancelled', ...FREE_DAY, ...cancelled, was: 'cancelled: reserve done (undo done), pay done (undo done)' },
  {
    name: 'Killed when its cancellation was written',
    ...FREE_DAY,
    ...cancelled,
    was: 'compensating: reserve done (undo pending), pay done (undo pending)',
  },
  {
    name: 'Killed while its cancellation refunds',
    ...FREE_DAY,
    ...cancelled,
    was: 'compensating: reserve done (undo pending), pay done (undo running)',
  },
  {
    name: 'Killed while its cancellation releases',
    ...FREE_DAY,
    ...cancelled,
    was: 'compensating: reserve done (undo running), pay done (undo done)',
  },
  {
    name: 'Timed out in pay',
    ...FREE_DAY,
    was: 'compensated: reserve done (undo done), pay unknown (undo done)',
    becomes: 'compensated',
    reply: 503,
  },
  {
    name: 'Killed while refunding',
    ...FREE_DAY,
    was: 'compensating: reserve done (undo pending), pay unknown (undo running)',
    becomes: 'compensated',
    reply: 503,
  },
  {
    name: 'Stuck in pay',
    ...FREE_DAY,
    key: 'stuck-in-pay',
    was: 'stuck: reserve done (undo registered), pay running (undo registered)',
    becomes: 'confirmed',
    reply: 200,
  },
  { name: 'Killed in reserve, not booked', ...ANOTHER_FREE_DAY, ...inReserve },
  { name: 'Killed in reserve, booked', ...ANOTHER_FREE_DAY, ...inReserve },
  { name: 'Killed in pay, not charged', key: 'not-charged', ...ANOTHER_FREE_DAY, ...inPay },
  { name: 'Killed in pay, at the gateway', ...ANOTHER_FREE_DAY, ...inPay },
  {
    name: 'Killed in pay, settled',
    key: 'settled',
    ...ANOTHER_FREE_DAY,
    ...inPay,
    becomes: 'confirmed',
    reply: 200,
  },
  {
    name: 'Killed while releasing',
    ...ANOTHER_FREE_DAY,
    cardNum: DECLINED,
    was: 'compensating: reserve done (undo running), pay failed (undo registered)',
    becomes: 'compensated',
    reply: 402,
  },
  {
    name: 'Stuck in release',
    ...ANOTHER_FREE_DAY,
    cardNum: DECLINED,
    was: 'stuck: reserve done (undo failed), pay failed (undo registered)',
    becomes: 'compensated',
    reply: 402,
  },
];
