import type { BookingRequest } from '../faults/booking-client.ts';
import type { ReplicaStack } from './replica-stack.ts';

/** A booking as the API shows it, as far as these tests look at it. */
export interface ShownBooking {
  status: string;
  steps: Array<{ name: string; status: string; attempts: number }>;
}

/** The log line of a replica that has lost its lease on a booking. */
export const LEASE_LOST = 'another worker or an operator has this saga now';

/** Begins a booking without waiting for its outcome; returns its path. */
export async function beginBooking(url: string, booking: BookingRequest): Promise<string> {
  const response = await fetch(`${url}/doctorAppoinment/reservation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'respond-async' },
    body: JSON.stringify(booking),
  });
  await response.body?.cancel();
  return response.headers.get('location') as string;
}

/** @param path as in `Location` */
export async function bookingAt(url: string, path: string): Promise<ShownBooking> {
  return (await (await fetch(url + path)).json()) as ShownBooking;
}

export const isPaying = ({ steps }: ShownBooking) =>
  steps.some(({ name, status }) => name === 'pay' && status === 'running');

export const hasEnded = ({ status }: ShownBooking) => ['compensated', 'confirmed'].includes(status);

/** The owner's payment replica is not that of the other: whichever recovers its booking calls another one. */
export const castOf = ({ orchestrators: [other, owner], payments: [, payment] }: ReplicaStack) => ({
  owner,
  other,
  payment,
});

/** Waits for the first booking; returns its path. */
export async function firstBooking({ addresses }: ReplicaStack): Promise<string> {
  const headers = { authorization: `Bearer ${addresses.operatorToken}` };
  for (;;) {
    const { items } = (await (await fetch(`${addresses.appointment}/bookings`, { headers })).json()) as {
      items: Array<{ id: string }>;
    };
    if (items[0]) return `/bookings/${items[0].id}`;
  }
}
