import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@appointments/chassis/testing';
import { bookingFor } from '../faults/sample-bookings.ts';
import { bookingAt, hasEnded, isPaying, LEASE_LOST, type ShownBooking } from './replica-bookings.ts';
import type { Replica, ReplicaStack } from './replica-stack.ts';

// PostgreSQL may be away meanwhile.
const DEADLINE_MS = 30_000;

/**
 * Pauses a replica in the middle of a booking, and continues it once another one has ended that booking and `pauseMs` have
 * gone by. Resolves when the replica has noticed that its lease is lost.
 *
 * @returns how many bookings it took; all but the last ended before the replica could be paused
 */
export async function sleepPastLease(stack: ReplicaStack, owner: Replica, pauseMs: number): Promise<number> {
  const other = stack.orchestrators.find((replica) => replica !== owner) as Replica;
  let taken = 1;
  let path = await pauseAtPayment(stack, owner, other);
  for (; path === undefined; taken += 1) path = await pauseAtPayment(stack, owner, other);
  const paused = delay(pauseMs);
  const lost = countLost(owner);
  await lookUntil(other, path, 'another replica has ended it', hasEnded);
  await paused;
  owner.resume();
  await waitUntil('the owner has noticed', () => countLost(owner) > lost, DEADLINE_MS);
  return taken;
}

/** @returns the path of the booking that the replica was paying for when it was paused; undefined where it was too late */
async function pauseAtPayment(stack: ReplicaStack, owner: Replica, other: Replica): Promise<string | undefined> {
  // All of the owner's charges go there.
  const payment = stack.payments[owner === stack.orchestrators[1] ? 1 : 0];
  payment.pause();
  const path = await bookAt(owner);
  await lookUntil(other, path, 'it pays', (booking) => isPaying(booking) || hasEnded(booking));
  owner.pause();
  payment.resume();
  if (isPaying(await lookUntil(other, path, 'it is shown', () => true))) return path;
  owner.resume();
  return undefined;
}

async function lookUntil(
  { url }: Replica,
  path: string,
  what: string,
  isThere: (booking: ShownBooking) => boolean,
): Promise<ShownBooking> {
  let shown: Partial<ShownBooking> | undefined;
  const look = async () => {
    shown = await bookingAt(url, path).catch(() => undefined);
    // A problem document has no steps.
    return shown?.steps !== undefined && isThere(shown as ShownBooking);
  };
  await waitUntil(what, look, DEADLINE_MS);
  return shown as ShownBooking;
}

/** Has a replica begin a booking, however often it has to be asked; returns its path. */
async function bookAt({ url }: Replica): Promise<string> {
  const key = crypto.randomUUID();
  const headers = { 'content-type': 'application/json', prefer: 'respond-async', 'idempotency-key': key };
  const request = { method: 'POST', headers, body: JSON.stringify(bookingFor(1)) };
  let path: string | null = null;
  const ask = async () => {
    const response = await fetch(`${url}/doctorAppoinment/reservation`, request).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 202) path = response.headers.get('location');
    return path !== null;
  };
  await waitUntil('the booking has begun', ask, DEADLINE_MS);
  return path as unknown as string;
}

const countLost = (replica: Replica): number => replica.log().split(LEASE_LOST).length - 1;
