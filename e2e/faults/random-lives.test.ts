import fc from 'fast-check';
import { test } from 'vitest';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { liveThrough } from '../src/faults/live-through.ts';
import { randomLife } from '../src/faults/random-life.ts';
import { report } from '../src/faults/report.ts';
import { chooseSeed } from '../src/faults/seeded-random.ts';

const LIVES = Number(process.env.FAULT_LIVES || 15);
const IMPATIENT = { STEP_TIMEOUT_MS: '250', BOOKING_DEADLINE_MS: '1000' };

test('When random things happen in any order, Then the stack always comes to agree with the model', async () => {
  const seed = chooseSeed() | 0;
  report(`random lives: seed ${seed}`);
  await using stack = await createFaultStack({ proxied: true, env: IMPATIENT });
  await stack.startAll();
  const clients = createClientLedger();
  let number = 0;
  const holds = fc.asyncProperty(randomLife, async (happenings) => {
    number += 1;
    await liveThrough(happenings, { stack, clients, number });
  });
  // No shrinking: timing is part of a failure, so a shorter life would seldom fail in the same way.
  await fc.assert(holds, { numRuns: LIVES, seed, endOnFailure: true });
  report(`random lives: ${number} lived, replies ${JSON.stringify(clients.counts())}`);
});
