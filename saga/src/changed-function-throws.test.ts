import { expect, test } from 'vitest';
import { createTestSagas } from '../testing/index.ts';
import { defineSaga, defineStep, type Saga, type StepCall } from './index.ts';

const greet = defineStep('greet', { run: async ({ input }: StepCall<string>) => input });

const greeting = (afterwards: (saga: Saga, greeted: string) => Promise<unknown>) =>
  defineSaga('greeting', {
    steps: [greet],
    run: async (saga, who: string) => String(await afterwards(saga, await saga.step(greet, who))),
  });

test('When a function throws before it has come by all that its log has, Then its error is reported with the saga', async () => {
  const bug = new TypeError('greeted.number is undefined');
  let isBroken = false;
  const saga = greeting(async ({ sleep }) => {
    if (isBroken) throw bug;
    await sleep('a while', '1h');
  });
  await using sagas = await createTestSagas({ definitions: [saga] });
  const { id } = await sagas.run(saga, 'Ann');
  isBroken = true;

  await sagas.advance('1h');

  expect(await sagas.log(id)).toMatchObject({ status: 'stuck', reason: { code: 'function_changed', step: 'a while' } });
  expect(sagas.errors[0]).toEqual({ error: bug, origin: { saga: id, name: 'greeting' } });
});
