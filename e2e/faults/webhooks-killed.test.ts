import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { BACKEND_NAMES } from '../../services.ts';
import { book } from '../src/faults/booking-client.ts';
import { createCardholderClient, decide, TOKEN_ASKS_HOLDER } from '../src/faults/cardholder.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { startFailingReceiver } from '../src/faults/failing-receiver.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { createKilledSender, expectAllTold, type SendingMoment } from '../src/faults/killed-sender.ts';
import { FEW_REPEATS } from '../src/faults/repeats.ts';
import { report } from '../src/faults/report.ts';
import { bookingFor, CARDS } from '../src/faults/sample-bookings.ts';
import { STRIKE } from '../src/faults/strike.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

const POST = { method: 'POST' } as const;
// The third commit has the outcome and its event; what follows is of the delivery.
const MOMENTS: SendingMoment[] = [
  { at: 'outcome not yet written', kill: { when: 'before', nth: 3, ...POST }, failures: 1 },
  { at: 'outcome written, nothing sent', kill: { when: 'after', nth: 3, ...POST }, failures: 1 },
  { at: 'delivery begun', kill: { when: 'after', nth: 4, ...POST }, failures: 1 },
  { at: 'a commit of the delivery', kill: { when: 'before', nth: 5, ...POST }, failures: 1 },
  { at: 'sent, not yet answered', kill: { on: 'received' }, failures: 1 },
  { at: 'failed, not yet recorded', kill: { on: 'answered' }, failures: 1 },
  { at: 'taken, not yet recorded', kill: { on: 'answered' }, failures: 0 },
];

describe.concurrent('When the orchestrator is killed while it tells a receiver of a booking', () => {
  test.each(MOMENTS)('at "$at", Then every outcome is told, under one id', async (moment) => {
    await using sender = await createKilledSender(moment);
    for (let round = 0; round < FEW_REPEATS; round += 1) await sender.killAndRecover(round);
    await sender.expectTold();
    report(`killed at "${moment.at}" ${FEW_REPEATS} times: ${sender.tries()} tries`);
  });
});

const BOOKINGS = 120;
const KILLS = 6;

test(`When it is killed ${KILLS} times among ${BOOKINGS} bookings, Then every outcome is told, under one id`, async () => {
  await using receiver = await startFailingReceiver({ failures: 1 });
  await using stack = await createFaultStack({ env: receiver.env });
  await stack.startAll();
  const clients = createClientLedger();
  const send = async (number: number) => {
    const request = bookingFor(number, number % 3 ? {} : { cardNum: CARDS.declined });
    clients.note(await book(stack.addresses.appointment, request, { key: `told-${number}` }));
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = receiver.tries();
    const some = Array.from({ length: BOOKINGS / KILLS }, (_, index) => send(kill + index * KILLS));
    await waitUntil('some are being told', () => receiver.tries() > before + kill);
    await stack.kill('appointment');
    await Promise.all(some);
    await stack.start('appointment');
  }
  for (let number = 0; number < BOOKINGS; number += 1) await send(number);

  await expectRecovered(stack.addresses, clients);
  await expectAllTold(stack.addresses, receiver);
  expect(receiver.told().size).toBeGreaterThanOrEqual(BOOKINGS);
  report(`${BOOKINGS} bookings, ${KILLS} kills: ${receiver.tries()} tries`);
});

// The third commit has the payment's response, the next ones the announcement and its delivery.
const AROUND_THE_WAIT = [3, 4, 5].flatMap((nth) => [
  { when: 'before', nth, ...POST } as const,
  { when: 'after', nth, ...POST } as const,
]);

test('When it is killed as bookings begin to wait for their cardholder, Then that is told too, under one id', async () => {
  await using receiver = await startFailingReceiver({ failures: 1 });
  await using stack = await createFaultStack({ env: receiver.env });
  await Promise.all(BACKEND_NAMES.map((name) => stack.start(name)));
  const clients = createClientLedger();
  const waits: string[] = [];
  for (const [round, strike] of AROUND_THE_WAIT.entries()) {
    await stack.start('appointment', { strike });
    const exited = stack.exited('appointment');
    const client = createCardholderClient(stack, clients, round, TOKEN_ASKS_HOLDER);
    const beginning = client.begin(STRIKE);
    expect(await exited, 'killed').toBeNull();
    await stack.start('appointment');
    const { json, bookingId } = await beginning;
    waits.push(`${bookingId} booking.requires_action`);
    await decide(json.next_action.url, 'approved');
    expect((await client.end()).status).toBe(200);
    await stack.kill('appointment');
  }
  await stack.start('appointment');

  await expectRecovered(stack.addresses, clients);
  await expectAllTold(stack.addresses, receiver, waits);
});
