import { describe, expect, test } from 'vitest';
import { type CallMoment, createKilledBackend } from '../src/faults/killed-backend.ts';
import { FEW_REPEATS, REPEATS } from '../src/faults/repeats.ts';
import { report } from '../src/faults/report.ts';
import { CARDS } from '../src/faults/sample-bookings.ts';

const POST = { method: 'POST' } as const;
const PUT = { method: 'PUT' } as const;

const create = { victim: 'reservation', replies: [200, 503], repeats: REPEATS } as const;
const pay = { victim: 'payment', replies: [200, 503], repeats: REPEATS } as const;
const DOING = [
  { at: 'before the slot is written', kill: { when: 'before', nth: 1, ...POST }, ...create },
  { at: 'after the slot is written', kill: { when: 'after', nth: 1, ...POST }, ...create },
  { at: 'response sent, not received', kill: { on: 'response', call: 'create' }, ...create },
  { at: 'before the payment is opened', kill: { when: 'before', nth: 1, ...POST }, ...pay, repeats: FEW_REPEATS },
  { at: 'before the charge is written', kill: { when: 'before', nth: 2, ...POST }, ...pay },
  { at: 'after the charge is written', kill: { when: 'after', nth: 2, ...POST }, ...pay },
  { at: 'response sent, not received', kill: { on: 'response', call: 'pay' }, ...pay },
] satisfies CallMoment[];

const release = { cardNum: CARDS.declined, victim: 'reservation', replies: [402, 503], repeats: FEW_REPEATS } as const;
const refund = { cancel: true, victim: 'payment', replies: [200, 503], repeats: FEW_REPEATS } as const;
const UNDOING = [
  { at: 'before the release is written', kill: { when: 'before', nth: 1, ...PUT }, ...release },
  { at: 'after the release is written', kill: { when: 'after', nth: 1, ...PUT }, ...release },
  { at: 'before the refund is begun', kill: { when: 'before', nth: 1, ...PUT }, ...refund },
  { at: 'before the refund is done', kill: { when: 'before', nth: 2, ...PUT }, ...refund },
  { at: 'after the refund is done', kill: { when: 'after', nth: 2, ...PUT }, ...refund },
] satisfies CallMoment[];

function killAt(moment: CallMoment): () => Promise<void> {
  return async () => {
    await using backend = await createKilledBackend(moment);
    const recoveries: number[] = [];
    for (let round = 0; round < moment.repeats; round += 1) recoveries.push(await backend.killAndRecover(round));
    const worst = Math.round(Math.max(...recoveries));
    expect(worst).toBeLessThan(10_000);
    report(
      `${moment.victim}, ${moment.at}: all ended ${worst} ms after it was ready, replies ${JSON.stringify(backend.counts())}`,
    );
  };
}

describe.concurrent('When a backend is killed in the middle of a call', () => {
  for (const moment of DOING) {
    test(`${moment.victim}, ${moment.at}, Then the client gets a reply and the books agree`, killAt(moment));
  }
});

describe.concurrent('When a backend is killed in the middle of an undo', () => {
  for (const moment of UNDOING) {
    test(`${moment.victim}, ${moment.at}, Then it is undone once and the books agree`, killAt(moment));
  }
});
