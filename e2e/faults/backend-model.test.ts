import fc from 'fast-check';
import { test } from 'vitest';
import { callBackends } from '../src/faults/backend-calls.ts';
import { type BackendCommand, BackendModel } from '../src/faults/backend-model.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { chooseSeed } from '../src/faults/seeded-random.ts';

const RUNS = 200;

const reference = fc.integer({ min: 1, max: 6 });
const command: fc.Arbitrary<BackendCommand> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ kind: fc.constantFrom('create', 'cancel', 'refund'), reference }) },
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('pay'), reference, declined: fc.boolean() }) },
  // A restart takes as long as a hundred calls.
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart'), service: fc.constantFrom('reservation', 'payment') }),
  },
);

const dayOfRun = (run: number) =>
  new Date(Date.UTC(2100, 0, 1 + run)).toISOString().slice(0, 10).split('-').reverse().join('-');

test('When create, retry, cancel, pay, refund and kill -9 come in any order, Then the backends behave as the model', async () => {
  const seed = chooseSeed();
  process.stdout.write(`backend model: FAULT_SEED=${seed}, ${RUNS} runs\n`);
  await using stack = await createFaultStack();
  await Promise.all([stack.start('reservation'), stack.start('payment')]);
  let run = 0;

  const property = fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 14 }), async (commands) => {
    run += 1;
    const model = new BackendModel(callBackends(stack.addresses), `run-${run}`, dayOfRun(run));
    for (const next of commands) {
      if (next.kind !== 'restart') {
        await model.run(next);
        continue;
      }
      await stack.kill(next.service);
      await stack.start(next.service);
    }
    await model.compareLedger();
  });
  await fc.assert(property, { seed: seed | 0, numRuns: RUNS });
});
