import { expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { defineSaga, defineStep, type Json, redactSaga, type StepCall } from './index.ts';

type Letter = { to: string };

const redact = (value: Json): Json => JSON.parse(JSON.stringify(value).replaceAll('Ada', '[gone]'));

/** A saga whose log has a name in each of its members, and that waits. */
function createLetter() {
  const undone: Letter[] = [];
  const send = defineStep('send', {
    run: async ({ input }: StepCall<Letter>) => ({ sentTo: input.to }),
    undo: async ({ input }: StepCall<Letter>) => void undone.push(input),
  });
  const saga = defineSaga('letter', {
    steps: [send],
    async run(it, letter: Letter) {
      await it.step(send, letter);
      const answer = await it.waitFor<string>('answer', { timeout: '600s' });
      return { answer };
    },
  });
  return { saga, undone };
}

test('When a saga is redacted, Then the values are gone from its log, its events and its history, and it goes on', async () => {
  await using bench = openBench();
  const { saga } = createLetter();
  const host = await bench.openHost([saga], { recover: true });
  await host.run(saga, { to: 'Ada' });
  await settled(host.sagas.pause('saga-1', { by: 'ops', reason: 'Ada called' }));
  await settled(host.sagas.signal('saga-1', 'answer', 'Yours, Ada'));

  expect(await settled(host.store.transaction((tables) => redactSaga(tables, 'saga-1', redact)))).toBe(true);

  expect(JSON.stringify(await host.find())).not.toContain('Ada');
  expect(await host.find()).toMatchObject({ input: { to: '[gone]' }, history: [{ reason: '[gone] called' }] });
  await settled(host.sagas.resume('saga-1', { by: 'ops' }));
  await host.untilEnded();
  expect(await host.find()).toMatchObject({ status: 'completed', result: { answer: 'Yours, [gone]' } });
});

test('When a saga is redacted that has ended, Then its undo gets what is left', async () => {
  await using bench = openBench();
  const { saga, undone } = createLetter();
  const host = await bench.openHost([saga], { recover: true });
  await host.run(saga, { to: 'Ada' });
  const redactEnded = () =>
    settled(host.store.transaction((tables) => redactSaga(tables, 'saga-1', redact, { endedOnly: true })));
  expect(await redactEnded()).toBe(false);
  expect(await host.find()).toMatchObject({ input: { to: 'Ada' } });
  await settled(host.sagas.signal('saga-1', 'answer', 'yes'));
  await host.untilEnded();

  expect(await redactEnded()).toBe(true);
  await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
  await host.untilStatus('cancelled');

  expect(undone).toEqual([{ to: '[gone]' }]);
});

test('When a saga is redacted while it runs, Then its run cannot write the values again', async () => {
  await using bench = openBench();
  const began = Promise.withResolvers<void>();
  const proceed = Promise.withResolvers<void>();
  const send = defineStep('send', {
    async run({ input, attempt }: StepCall<Letter>) {
      began.resolve();
      if (input.to === 'Ada') await proceed.promise;
      return { sentTo: input.to, attempt };
    },
  });
  const saga = defineSaga('letter', { steps: [send], run: (it, letter: Letter) => it.step(send, letter) });
  const host = await bench.openHost([saga], { recover: true });
  await host.sagas.start(saga, { id: 'saga-1', input: { to: 'Ada' } });
  await settled(began.promise);

  await settled(host.store.transaction((tables) => redactSaga(tables, 'saga-1', redact)));
  proceed.resolve();
  await host.untilEnded();

  expect(await host.find()).toMatchObject({ input: { to: '[gone]' }, result: { sentTo: '[gone]' } });
  expect(await host.store.transaction((tables) => redactSaga(tables, 'nobody', redact))).toBe(false);
});
