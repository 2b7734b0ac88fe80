import { expect } from 'vitest';
import { readStores } from '../../../scripts/read-stores.ts';
import { BACKEND_NAMES, type ServiceName } from '../../../services.ts';
import { book, cancelBooking } from './booking-client.ts';
import { type BookingModel, createBookingModel } from './booking-model.ts';
import type { ClientLedger } from './client-ledger.ts';
import { CALLS } from './fault-rules.ts';
import type { FaultStack } from './fault-stack.ts';
import type { Happening } from './random-life.ts';
import { bookingFor } from './sample-bookings.ts';
import { expectAllEnded, expectBooksAgree } from './verdict.ts';

/** What one life has under way. */
interface Life {
  stack: FaultStack;
  clients: ClientLedger;
  model: BookingModel;
  /** Distinguishes the bookings of one life from those of others on the same stack. */
  number: number;
  underWay: Promise<void>[];
  dead: Set<ServiceName>;
}

async function send({ stack, clients, model }: Life, key: string): Promise<void> {
  const request = model.requestOf(key);
  if (request) model.noteReply(key, clients.note(await book(stack.addresses.appointment, request, { key })));
}

async function cancel({ stack, clients, model }: Life, key: string): Promise<void> {
  const bookingId = model.confirmedId(key);
  if (!bookingId) return;
  // Requested again after the heal, because a cancellation whose response was lost may have had no effect.
  clients.noteCancelled(bookingId);
  model.noteCancelled(key);
  await cancelBooking(stack.addresses, bookingId);
}

async function heal({ stack, dead }: Life): Promise<void> {
  for (const name of BACKEND_NAMES) stack.proxyOf(name).heal();
  await Promise.all([...dead].map((name) => stack.start(name)));
  dead.clear();
}

async function happen(life: Life, happening: Happening): Promise<void> {
  const keyOf = (key: number) => `life-${life.number}-${key}`;
  switch (happening.kind) {
    case 'book': {
      const { key, doctor, day, cardNum } = happening;
      life.model.begin(keyOf(key), bookingFor(life.number * 2 + day, { doctor, cardNum }));
      return void life.underWay.push(send(life, keyOf(key)));
    }
    case 'retry':
      return void life.underWay.push(send(life, keyOf(happening.key)));
    case 'cancel':
      return void life.underWay.push(cancel(life, keyOf(happening.key)));
    case 'kill':
      life.dead.add(happening.service);
      return life.stack.kill(happening.service);
    case 'cut':
      return void life.stack.proxyOf(CALLS[happening.call].peer).arm(happening);
    case 'settle':
      return void (await Promise.all(life.underWay));
    case 'heal':
      return heal(life);
  }
}

/** After the heal every client retries its booking, and cancels it again where it had cancelled it. */
async function retryAll({ stack, clients, model }: Life): Promise<void> {
  for (const key of model.keys()) {
    const request = model.requestOf(key);
    if (!request) continue;
    const reply = clients.note(await book(stack.addresses.appointment, request, { key }));
    expect(reply, `${key} gets a reply`).toBeDefined();
    model.noteReply(key, reply);
    const bookingId = model.confirmedId(key);
    if (bookingId && model.isCancelled(key)) await cancelBooking(stack.addresses, bookingId);
  }
}

/** Lets everything happen in order, without waiting for replies, then heals the stack and compares it with the model. */
export async function liveThrough(
  happenings: readonly Happening[],
  { stack, clients, number }: Pick<Life, 'stack' | 'clients' | 'number'>,
): Promise<void> {
  const life: Life = { stack, clients, number, model: createBookingModel(), underWay: [], dead: new Set() };
  for (const happening of happenings) await happen(life, happening);
  await heal(life);
  await Promise.all(life.underWay);
  await expectAllEnded(stack.addresses);
  await retryAll(life);
  for (const name of BACKEND_NAMES) await stack.proxyOf(name).releaseHeld();
  await expectAllEnded(stack.addresses);
  expect(life.model.surprises).toEqual([]);
  await expectBooksAgree(stack.addresses, clients);
  const days = new Set(life.model.keys().map((key) => life.model.requestOf(key)?.date));
  const stores = await readStores(stack.addresses);
  const ours = new Set(stores.reservation.filter(({ date }) => days.has(date)).map(({ reference }) => reference));
  expect(life.model.disagreements(stores, (reference) => ours.has(reference))).toEqual([]);
}
