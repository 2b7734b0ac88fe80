import { describe, expect, test } from 'vitest';
import { type Boundary, createKilledOrchestrator } from '../src/faults/killed-orchestrator.ts';
import { FEW_REPEATS, REPEATS } from '../src/faults/repeats.ts';
import { report } from '../src/faults/report.ts';
import { CARDS } from '../src/faults/sample-bookings.ts';

// Moments between two that run in full.
const few = { repeats: FEW_REPEATS } as const;

const payResponseLost = { on: 'response', call: 'pay', fault: 'hold', times: Number.POSITIVE_INFINITY } as const;
// Short enough that a payment without a response is soon given up, and long enough that the reservation before it never is.
const IMPATIENT = { STEP_TIMEOUT_MS: '500', BOOKING_DEADLINE_MS: '2000' };

const POST = { method: 'POST' } as const;
const PUT = { method: 'PUT' } as const;

const FORWARD: Boundary[] = [
  { at: 'booking not yet written', kill: { when: 'before', nth: 1, ...POST }, leaves: 'confirmed', reply: 200, ...few },
  { at: 'booking written', kill: { when: 'after', nth: 1, ...POST }, leaves: 'compensated', reply: 503 },
  { at: 'reserve sent', kill: { on: 'request', call: 'create' }, leaves: 'compensated', reply: 503 },
  { at: 'reserve response sent', kill: { on: 'response', call: 'create' }, leaves: 'compensated', reply: 503 },
  { at: 'reserve recorded', kill: { when: 'after', nth: 2, ...POST }, leaves: 'compensated', reply: 503 },
  { at: 'pay sent', kill: { on: 'request', call: 'pay' }, leaves: 'compensated', reply: 503 },
  { at: 'pay settled, response lost', kill: { on: 'response', call: 'pay' }, leaves: 'confirmed', reply: 200 },
  {
    at: 'pay settled, not recorded',
    kill: { when: 'before', nth: 3, ...POST },
    leaves: 'confirmed',
    reply: 200,
    ...few,
  },
  { at: 'recorded, reply unsent', kill: { when: 'after', nth: 3, ...POST }, leaves: 'confirmed', reply: 200 },
];

const declined = { cardNum: CARDS.declined, leaves: 'compensated', reply: 402 } as const;
const RELEASE: Boundary[] = [
  { at: 'release registered', kill: { when: 'after', nth: 3, ...POST }, ...declined, ...few },
  { at: 'release sent', kill: { on: 'request', call: 'release' }, ...declined },
  { at: 'release response sent', kill: { on: 'response', call: 'release' }, ...declined },
  { at: 'release recorded', kill: { when: 'after', nth: 5, ...POST }, ...declined },
];

const withoutReply = { besides: payResponseLost, env: IMPATIENT, leaves: 'compensated', reply: 503 } as const;
const REFUND: Boundary[] = [
  { at: 'refund sent', kill: { on: 'request', call: 'refund' }, ...withoutReply },
  { at: 'refund response sent', kill: { on: 'response', call: 'refund' }, ...withoutReply },
  { at: 'refund recorded', kill: { when: 'after', nth: 5, ...POST }, ...withoutReply },
];

const cancelled = { cancel: true, leaves: 'cancelled', reply: 200, ...few } as const;
const CANCELLATION: Boundary[] = [
  { at: 'cancellation written', kill: { when: 'after', nth: 1, ...PUT }, ...cancelled },
  { at: 'refund response sent', kill: { on: 'response', call: 'refund' }, ...cancelled },
  { at: 'refund recorded', kill: { when: 'after', nth: 3, ...PUT }, ...cancelled },
  { at: 'release response sent', kill: { on: 'response', call: 'release' }, ...cancelled },
];

function killAt(boundary: Boundary): () => Promise<void> {
  return async () => {
    await using orchestrator = await createKilledOrchestrator(boundary);
    const recoveries: number[] = [];
    const repeats = boundary.repeats ?? REPEATS;
    for (let round = 0; round < repeats; round += 1) recoveries.push(await orchestrator.killAndRecover(round));
    const worst = Math.round(Math.max(...recoveries));
    expect(worst).toBeLessThan(10_000);
    report(`orchestrator killed, ${boundary.at}: ${repeats} times, all ended ${worst} ms after it was ready`);
  };
}

describe.concurrent('When the orchestrator is killed on the way forward', () => {
  for (const boundary of FORWARD) test(`at "${boundary.at}", Then it ends ${boundary.leaves}`, killAt(boundary));
});

describe.concurrent('When the orchestrator is killed while it releases the slot of a declined card', () => {
  for (const boundary of RELEASE) test(`at "${boundary.at}", Then it ends ${boundary.leaves}`, killAt(boundary));
});

describe.concurrent('When the orchestrator is killed while it refunds a payment whose response never came', () => {
  for (const boundary of REFUND) test(`at "${boundary.at}", Then it ends ${boundary.leaves}`, killAt(boundary));
});

describe.concurrent('When the orchestrator is killed while it cancels for an operator', () => {
  for (const boundary of CANCELLATION) test(`at "${boundary.at}", Then it ends ${boundary.leaves}`, killAt(boundary));
});
