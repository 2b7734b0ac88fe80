import { openStore } from 'durable-store';
import { overPostgres, storeUrl, temporaryFolder } from 'durable-store/testing';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import type { BenchTables } from '../test/bench.ts';
import { randomPlan } from '../test/random/arbitrary-plan.ts';
import { judge } from '../test/random/judge.ts';
import { Play } from '../test/random/play.ts';
import { openVirtualTime } from '../test/random/virtual-time.ts';
import { sagaMigrations } from './index.ts';

// `SEED=…` repeats a run, `RANDOM_FUNCTIONS=…` says how many there are.
const seed = Number(process.env.SEED || Date.now() % 2 ** 31);
const FUNCTIONS = Number(process.env.RANDOM_FUNCTIONS || 100);
// A saga that does not end takes seconds each time.
const SHRINKING_MS = 60_000;

const migrations = {
  ...sagaMigrations,
  'sagas-notes': {
    up: (db: Kysely<unknown>) => db.schema.createTable('notes').addColumn('text', 'text').execute(),
  },
};

test.each(overPostgres() ? ['postgres'] : ['memory', 'sqlite'])(
  `When anything happens to a saga of any function on %s, Then all of it is there in the end or nothing of it (SEED=${seed})`,
  async (kind) => {
    using folder = temporaryFolder();
    const url = kind === 'memory' ? 'memory:' : await storeUrl(folder.path, 'sagas');
    const opened = await openStore<BenchTables>(url, { migrations });
    const endings = new Map<string, number>();
    let failedAt = Number.POSITIVE_INFINITY;
    {
      using time = openVirtualTime();
      const store = time.watch(opened);
      await fc.assert(
        fc.asyncProperty(randomPlan, async (plan) => {
          if (time.realNow() - failedAt > SHRINKING_MS) return;
          await using play = new Play(plan, store, time);
          try {
            const played = await play.run();
            endings.set(played.record.status, (endings.get(played.record.status) ?? 0) + 1);
            expect([...play.violations, ...judge(played)]).toEqual([]);
          } catch (error) {
            failedAt = Math.min(failedAt, time.realNow());
            throw error;
          }
        }),
        { seed, numRuns: FUNCTIONS },
      );
    }
    await opened.close();
    if (FUNCTIONS >= 100)
      expect([...endings.keys()].sort()).toEqual(['cancelled', 'compensated', 'completed', 'failed']);
  },
  600_000,
);
