import { openStore } from 'durable-store';
import { storeUrl, temporaryFolder } from 'durable-store/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { fingerprintOf } from './idempotent-request.ts';
import { openKeyClock } from './key-clock.ts';
import { type IdempotencyTables, idempotencyKeysMigration } from './key-table.ts';
import { createIdempotencyKeys } from './keys.ts';
import { pruneKeys } from './pruning.ts';

const HOUR = 3_600_000;

afterEach(() => vi.restoreAllMocks());

/** A store whose machine has a wall clock that the test moves, and a monotonic one that goes on at its word. */
async function openMachine() {
  const folder = temporaryFolder();
  const database = await openStore<IdempotencyTables>(await storeUrl(folder.path, 'keys'), {
    migrations: { '001': idempotencyKeysMigration },
  });
  const wall = { now: 1_000_000 * HOUR };
  let passed = 0;
  const realNow = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + passed);
  const store = { ...database, shared: false, clock: async () => wall.now };
  return {
    wall,
    pass: (ms: number) => {
      passed += ms;
      wall.now += ms;
    },
    async startProcess() {
      const clock = await openKeyClock(store);
      const keys = createIdempotencyKeys({ runningMs: 1_000, now: clock.now });
      return {
        clock,
        claim: (key: string) =>
          database.transaction((tables) => keys.claim(tables, { key, fingerprint: fingerprintOf(key) })),
        prune: async () => {
          const at = Math.min(clock.now(), clock.proven());
          await database.transaction((tables) => pruneKeys(tables, at));
          return (await database.read.selectFrom('idempotency_keys').select('key').orderBy('key').execute()).map(
            ({ key }) => key,
          );
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

test.each([26 * HOUR, -26 * HOUR, 10_000 * HOUR])(
  'When the wall clock is moved by %i ms, Then keys are neither forgotten nor running for longer',
  async (leap) => {
    await using machine = await openMachine();
    const process = await machine.startProcess();
    await process.claim('a');

    machine.wall.now += leap;
    machine.pass(500);
    await expect(process.claim('a')).rejects.toMatchObject({ code: 'request_in_progress' });
    machine.pass(501);
    await process.claim('a');
    await process.claim('b');

    expect(await process.prune()).toEqual(['a', 'b']);
    machine.pass(25 * HOUR + 1);
    expect(await process.prune()).toEqual([]);
  },
);

test.each([26 * HOUR, -26 * HOUR])(
  'When a process starts with a clock that is off by %i ms, Then keys are kept until their age is proven',
  async (leap) => {
    await using machine = await openMachine();
    await (await machine.startProcess()).claim('a');

    machine.wall.now += leap;
    machine.pass(10);
    const next = await machine.startProcess();
    await next.claim('b');
    expect(await next.prune()).toEqual(['a', 'b']);

    // The clock is set right again while nothing runs.
    machine.wall.now -= leap;
    const last = await machine.startProcess();
    expect(await last.prune()).toEqual(['a', 'b']);
    machine.pass(26 * HOUR + 26 * HOUR);
    expect(await last.prune()).toEqual([]);
  },
);
