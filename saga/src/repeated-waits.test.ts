import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { lettersBy } from '../test/letters.ts';
import { StepFailed } from './index.ts';

const DAY_MS = 86_400_000;

describe('a function that waits more than once for events of one name', () => {
  test('When it gives each wait a key, Then they take the events in the order in which they came', async () => {
    await using bench = openBench();
    const saga = lettersBy([], async (steps) => {
      const notes: string[] = [];
      for (const key of ['1', '2', '3']) notes.push(await steps.waitFor('note', { timeout: DAY_MS, key }));
      return notes;
    });
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');

    for (const note of ['one', 'two', 'three']) await settled(host.sagas.signal('saga-1', 'note', note));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: ['one', 'two', 'three'] });
  });

  test('When the first wait has timed out, Then the second one gets the event', async () => {
    await using bench = openBench();
    const saga = lettersBy([], (steps) =>
      steps.waitFor<string>('approval', { timeout: 2_000 }).catch((error: unknown) => {
        if (!(error instanceof StepFailed && error.code === 'timed_out')) throw error;
        return steps.waitFor<string>('approval', { timeout: DAY_MS, key: 'reminded' });
      }),
    );
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    await until('the second wait has begun', async () => (await host.find()).steps.length === 2);

    await settled(host.sagas.signal('saga-1', 'approval', 'yes'));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({
      status: 'completed',
      result: 'yes',
      steps: [
        { name: 'approval', status: 'failed' },
        { name: 'approval', key: 'reminded', status: 'done' },
      ],
    });
  });

  test('When two waits have the same name and no key, Then the second one is refused by name', async () => {
    await using bench = openBench();
    const saga = lettersBy([], (steps) =>
      Promise.all([steps.waitFor('note', { timeout: DAY_MS }), steps.waitFor('note', { timeout: DAY_MS })]),
    );
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'failed', failure: { code: 'used_twice' } });
  });
});
