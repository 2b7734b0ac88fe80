import { existsSync, readFileSync } from 'node:fs';
import { waitUntil } from '@appointments/chassis/testing';
import { expect } from 'vitest';
import { SERVICE_NAMES, type ServiceName } from '../../../services.ts';
import { book, cancelBooking } from './booking-client.ts';
import type { FailingReceiver } from './failing-receiver.ts';
import { type FaultStack, OPERATOR_TOKEN } from './fault-stack.ts';
import { bookingFor, CARDS } from './sample-bookings.ts';
import { STRIKE } from './strike.ts';

const NAME = 'Ada Lovelace';
const IS_NAMED = /lovelace/i;
const AUTHORIZED = { authorization: `Bearer ${OPERATOR_TOKEN}` };

interface Erasure {
  status: string;
  erased: Record<string, number> | null;
  remaining: number | null;
}

/** The services whose files have a byte of the patient's name. */
export function storesWithName(stack: FaultStack): ServiceName[] {
  const filesOf = (name: ServiceName) => [stack.storeOf(name), `${stack.storeOf(name)}-wal`];
  const has = (file: string) => existsSync(file) && IS_NAMED.test(readFileSync(file, 'latin1'));
  return SERVICE_NAMES.filter((name) => filesOf(name).some(has));
}

/** Books for the patient: one that is confirmed, failed, compensated and cancelled, each told to a receiver. */
export async function bookForPatient({ addresses }: FaultStack, receiver: FailingReceiver, day: number) {
  const before = receiver.told().size;
  const changes = [{}, { doctor: 'Nobody Known' }, { cardNum: CARDS.declined }, {}];
  const replies = await Promise.all(
    changes.map((change, index) =>
      book(addresses.appointment, bookingFor(day * changes.length + index, { name: NAME, ...change }), {
        key: `patient-${day}-${index}`,
      }),
    ),
  );
  expect(await cancelBooking(addresses, replies.at(-1)?.bookingId ?? '')).toBe(200);
  await waitUntil('all is told', () => receiver.told().size === before + changes.length + 1);
}

/** Asks for an erasure; returns the status, undefined where the connection ended without a reply. */
export async function eraseName({ addresses }: FaultStack, { strike = false } = {}): Promise<number | undefined> {
  const headers = { ...AUTHORIZED, 'content-type': 'application/json', ...(strike && { 'x-request-id': STRIKE }) };
  const body = JSON.stringify({ name: NAME, reason: 'Asked for it.' });
  return fetch(`${addresses.appointment}/erasures`, { method: 'POST', headers, body }).then(
    ({ status }) => status,
    () => undefined,
  );
}

/** The erasures that there are, the newest first, once all of them are done. */
export async function untilErased({ addresses }: FaultStack): Promise<Erasure[]> {
  let items: Erasure[] = [];
  await waitUntil('all erasures are done', async () => {
    const response = await fetch(`${addresses.appointment}/erasures`, { headers: AUTHORIZED });
    ({ items } = (await response.json()) as { items: Erasure[] });
    return items.every(({ status }) => status === 'done');
  });
  return items;
}
