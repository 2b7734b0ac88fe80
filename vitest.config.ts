import { defineConfig } from 'vitest/config';
import { SERVICE_NAMES } from './services.ts';

const results = process.env.TEST_RESULTS;
const serviceTests = SERVICE_NAMES.map((name) => `${name}/test/**/*.test.ts`);
// They say how soon something happens, some within milliseconds: nothing else may keep the machine busy meanwhile.
const timedFaults = [
  'card-in-memory',
  'locked-store',
  'overload',
  'parallel-clients',
  'payment-down',
  'slow-and-late',
].map((name) => `e2e/faults/${name}.test.ts`);

export default defineConfig({
  test: {
    // The counts of a run; `.ci/run` adds up several runs.
    reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
    // Most of a service test's time is waiting, so there is room for more of them than there are cores.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['*/src/**/*.test.ts', 'saga/{testing,test,examples}/**/*.test.ts', '{scripts,deploy}/**/*.test.ts'],
          // Little of it waits, but the machine may be busy.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'service',
          include: [...serviceTests, 'e2e/openapi/**/*.test.ts', 'e2e/tracing.test.ts'],
          exclude: ['appointment/test/browser/**'],
          testTimeout: 30_000,
        },
      },
      {
        // The tests that have a store, over PostgreSQL.
        test: {
          name: 'postgres',
          include: [
            'store/src/{prepared-query,row-queries,store-clock}.test.ts',
            'store/pgbouncer.test.ts',
            'chassis/src/idempotency/{keys,pruning}.test.ts',
            'saga/src/**/*.test.ts',
            'saga/testing/store-conformance.test.ts',
            ...serviceTests,
          ],
          exclude: ['appointment/test/browser/**'],
          globalSetup: 'store/testing/postgres-for-all.ts',
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['appointment/test/browser/**/*.test.ts', 'e2e/challenge-page.test.ts'],
          // Each has a browser and services of its own, and waits for what they show.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
      {
        // The packages as their users install them, with npm and from its registry.
        // One file after the other, for one of them measures.
        test: {
          name: 'package',
          include: ['e2e/package/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'replicas',
          include: ['e2e/replicas/**/*.test.ts'],
          globalSetup: 'e2e/src/faults/warm-compile-cache.ts',
          testTimeout: 120_000,
          hookTimeout: 30_000,
          // Some say within how many seconds another replica takes over.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['e2e/{faults,field}/**/*.test.ts', 'saga/src/random-functions.test.ts'],
          exclude: timedFaults,
          env: { RANDOM_FUNCTIONS: process.env.RANDOM_FUNCTIONS || '1000' },
          globalSetup: 'e2e/src/faults/warm-compile-cache.ts',
          testTimeout: 120_000,
          hookTimeout: 30_000,
          // Each of these tests runs processes of its own, one of which is starting most of the time: four tests at once.
          maxWorkers: 2,
          maxConcurrency: 2,
        },
      },
      {
        test: {
          name: 'timed-faults',
          include: timedFaults,
          globalSetup: 'e2e/src/faults/warm-compile-cache.ts',
          testTimeout: 120_000,
          fileParallelism: false,
          maxConcurrency: 4,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
