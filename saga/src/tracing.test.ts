import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { type Host, openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import type { Tracer } from './index.ts';

/** A tracer that notes in which trace each step ran. */
function createTracer() {
  const storage = new AsyncLocalStorage<string>();
  const spans: Array<{ name: string; trace: string | undefined }> = [];
  const tracer: Tracer = {
    current: () => ({ traceId: storage.getStore() ?? 'none', spanId: 'span' }),
    resume: ({ origin }, work) => storage.run(`${origin?.traceId}, resumed`, work),
    span: (name, _attributes, work) => {
      spans.push({ name, trace: storage.getStore() });
      return work();
    },
  };
  return { tracer, spans, within: <Result>(trace: string, work: () => Result) => storage.run(trace, work) };
}

describe('the trace of a run', () => {
  test('When a saga is started, Then its steps are in the trace of its caller', async () => {
    await using bench = openBench();
    const { tracer, spans, within } = createTracer();
    const saga = createWorld().letters('A');
    const host = await bench.openHost([saga], { trace: tracer });

    await within('booking', () => host.run(saga, 'input'));

    expect(spans).toEqual([{ name: 'step A', trace: 'booking' }]);
  });

  test('When an operator cancels a saga, Then its undos are in the trace of the cancellation', async () => {
    await using bench = openBench();
    const { tracer, spans, within } = createTracer();
    const saga = createWorld().letters('A');
    const host = await bench.openHost([saga], { trace: tracer });
    await within('booking', () => host.run(saga, 'input'));

    await settled(within('cancellation', () => host.sagas.cancel('saga-1', { by: 'ops' })));
    await host.untilEnded();

    expect(spans.at(-1)).toEqual({ name: 'undo A', trace: 'cancellation' });
  });

  test('When another process claims a saga after a crash, Then its steps are in the trace that began it', async () => {
    await using bench = openBench();
    const { tracer, spans, within } = createTracer();
    const world = createWorld();
    const dying = world.letters('AB', { B: { run: () => host.kill() } });
    const host: Host = await bench.openHost([dying], { trace: tracer });
    void within('booking', () => host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'canary' }));
    await until('B is under way', async () => (await host.sagas.find('saga-1'))?.steps[1]?.status === 'running');

    const next = await bench.openHost([world.letters('AB')], { recover: true, trace: tracer });
    await next.untilEnded();

    expect(spans.at(-1)).toEqual({ name: 'step B', trace: 'booking, resumed' });
  });
});
