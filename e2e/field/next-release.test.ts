import { test } from 'vitest';
import { startLoadedStack } from '../src/faults/loaded-stack.ts';
import { copyOrchestrator } from '../src/other-version.ts';
import { LATER_STORE } from '../src/replicas/two-versions.ts';

const MORE = 30;

test('When a release that adds to the SQLite store is taken, taken back and taken again under load, Then nothing is lost', async () => {
  using next = copyOrchestrator([LATER_STORE]);
  await using loaded = await startLoadedStack();

  for (const [sources, how] of [
    [next.path, 'stop'],
    [undefined, 'stop'],
    [next.path, 'kill'],
    [undefined, 'kill'],
  ] as const) {
    await loaded.until(200, MORE);
    await loaded.stack[how]('appointment');
    await loaded.stack.start('appointment', { sources });
  }
  await loaded.until(200, MORE);

  await loaded.endsWell();
});
