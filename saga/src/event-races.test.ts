import { expect, test } from 'vitest';
import { defineApproval } from '../test/approval.ts';
import { openBench } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { isEnded } from './index.ts';

const RACES = 200;
// Of more, on a busy machine, some would wait too long for a connection.
const AT_ONCE = 20;

test('When events come at the instant at which their sagas begin to wait, on another replica, Then none is lost', async () => {
  await using bench = openBench({ fakeTime: false });
  const world = createWorld();
  const saga = defineApproval(world);
  const first = await bench.openHost([saga], { recover: true });
  const second = await bench.openHost([saga], { recover: true });
  const ids = Array.from({ length: RACES }, (_, index) => `saga-${index}`);

  /** Signals as soon as the saga is there, again and again until it is. */
  async function signal(id: string): Promise<void> {
    for (;;) {
      try {
        await second.sagas.signal(id, 'approval', id, { dedupeKey: 'only' });
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== 'saga_not_found') throw error;
        await new Promise((next) => setImmediate(next));
      }
    }
  }

  async function race(id: string) {
    const starting = first.sagas.start(saga, { id, input: 'input', secret: 'canary' });
    const [handle] = await Promise.all([starting, signal(id)]);
    return handle;
  }

  const handles: Awaited<ReturnType<typeof race>>[] = [];
  for (let begun = 0; begun < RACES; begun += AT_ONCE) {
    handles.push(...(await Promise.all(ids.slice(begun, begun + AT_ONCE).map(race))));
  }
  const outcomes = await Promise.all(handles.map((handle) => handle.outcome({ signal: AbortSignal.timeout(15_000) })));

  expect(outcomes.map(({ result }) => result)).toEqual(ids);
  expect((await Promise.all(ids.map((id) => first.find(id)))).every(isEnded)).toBe(true);
  // Each ran on, once.
  expect(world.trail.filter((call) => call === 'B')).toHaveLength(RACES);
});
