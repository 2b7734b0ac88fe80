import { defineConfig } from 'vitest/config';

const results = process.env.TEST_RESULTS;

export default defineConfig({
  test: {
    // The counts of a run, for whoever sums up several runs.
    reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
    projects: [
      { test: { name: 'unit', include: ['*/src/**/*.test.ts', 'scripts/**/*.test.ts'] } },
      {
        test: {
          name: 'service',
          include: ['{reservation,payment,appointment}/test/**/*.test.ts'],
          testTimeout: 30_000,
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
