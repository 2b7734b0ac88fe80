import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forever, type Host, openBench, until } from '../test/bench.ts';
import { Unclear } from '../test/unclear.ts';
import { type Attempt, defineSaga, isTerminal, Refusal, type Step } from './index.ts';

const outcomes = ['ok', 'ok', 'refusal', 'effect, then unclear', 'unclear without effect'] as const;
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = 100;

type Outcome = (typeof outcomes)[number];
/** How many calls after the last crash the process dies, and whether before or after the effect of that call. */
interface Crash {
  calls: number;
  when: 'before' | 'after';
}

/** Backends that keep their word across crashes of whoever calls them: an effect by key, answered alike every time. */
function createBackends() {
  const effects = new Set<string>();
  const undone = new Map<string, number>();
  const tombstones = new Set<string>();
  return {
    effects,
    undone,
    perform(name: string, outcome: Outcome) {
      if (tombstones.has(name)) throw new Refusal('undone_before');
      if (outcome === 'refusal') throw new Refusal('no');
      if (outcome === 'unclear without effect') throw new Unclear();
      effects.add(name);
      if (outcome === 'effect, then unclear') throw new Unclear();
    },
    undo(name: string) {
      tombstones.add(name);
      if (effects.delete(name)) undone.set(name, (undone.get(name) ?? 0) + 1);
    },
  };
}

async function play(story: Outcome[], recoveries: boolean[], crashes: Crash[]) {
  await using bench = openBench();
  const backends = createBackends();
  const pending = [...crashes];
  let calls = 0;
  let host: Host;

  /** A call that may be the last thing its process does. */
  async function call<Result>(work: () => Result): Promise<Result> {
    const mine = host;
    const crash = pending[0];
    const dies = crash !== undefined && calls++ === crash.calls;
    if (dies) {
      pending.shift();
      calls = 0;
      try {
        if (crash.when === 'after') work();
      } catch {
        // The answer, whatever it was, finds nobody.
      }
      dead = mine.kill();
      return forever;
    }
    return work();
  }

  let dead: Promise<never> | undefined;
  const names = story.map((_outcome, index) => `step ${index}`);
  const steps = story.map((outcome, index): Step<string> => {
    const name = `step ${index}`;
    const recover = async (_attempt: Attempt) => call(() => (backends.effects.has(name) ? 'found' : undefined));
    return {
      run: () => call(() => backends.perform(name, outcome)).then(() => 'done'),
      undo: () => call(() => backends.undo(name)),
      ...(recoveries[index] && { recover }),
    };
  });
  const saga = defineSaga('random', async (teller, _input: string) => {
    for (const [index, step] of steps.entries()) await teller.step(`step ${index}`, step);
    return 'told';
  });

  host = await bench.openHost([saga]);
  await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
  await host.runner.open();
  await until('the saga has ended', async () => {
    if (dead) {
      dead = undefined;
      host = await bench.openHost([saga]);
      await host.runner.open({ alone: true });
    }
    return isTerminal(await host.find());
  });
  return { record: await host.find(), names, ...backends };
}

describe('any story', () => {
  test(`When its process dies anywhere, Then in the end all of it is there or nothing of it (SEED=${seed})`, async () => {
    const ending = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...outcomes), { minLength: 1, maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.array(fc.record({ calls: fc.nat(4), when: fc.constantFrom('before' as const, 'after' as const) }), {
          maxLength: 3,
        }),
        async (story, recoveries, crashes) => {
          const { record, names, effects, undone } = await play(story, recoveries, crashes);
          ending.set(record.status, (ending.get(record.status) ?? 0) + 1);

          expect([...effects].sort()).toEqual(record.status === 'completed' ? names : []);
          expect([...undone.values()].filter((times) => times > 1)).toEqual([]);
          expect(['completed', 'failed', 'compensated']).toContain(record.status);
          expect(record.dueAt).toBeNull();
          if (crashes.length === 0) expect(record.status === 'completed').toBe(story.every((one) => one === 'ok'));
        },
      ),
      { seed, numRuns: RUNS },
    );
    expect(ending.size).toBe(3);
  }, 60_000);
});
