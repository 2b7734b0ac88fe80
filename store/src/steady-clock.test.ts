import { expect, test, vi } from 'vitest';
import { openSteadyClock } from './steady-clock.ts';

test.each([-3_600_000, 93_600_000])(
  'When the wall clock is moved by %i ms, Then the clock goes on as before',
  async (ms) => {
    const realNow = Date.now.bind(Date);
    const clock = await openSteadyClock({ shared: false, clock: async () => Date.now() });

    const wall = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + ms);

    expect(Math.abs(clock() - realNow())).toBeLessThan(1_000);
    wall.mockRestore();
  },
);

test('When the store holds a later time than the wall clock has, Then the clock begins there and goes on', async () => {
  const written = Date.now() + 3_600_000;

  const clock = await openSteadyClock({ shared: false, clock: async () => Date.now() }, written);
  const realNow = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + 5_000);

  expect(clock() - written).toBeGreaterThanOrEqual(5_000);
  expect(clock() - written).toBeLessThan(65_000);
  vi.restoreAllMocks();
});

test('When the store is shared, Then its clock counts, and is read again after a minute', async () => {
  const realNow = performance.now.bind(performance);
  let passed = 0;
  const monotonic = vi.spyOn(performance, 'now').mockImplementation(() => realNow() + passed);
  let ahead = 50_000;
  const clock = await openSteadyClock({ shared: true, clock: async () => Date.now() + ahead });
  const aheadNow = () => Math.round((clock() - Date.now() - passed) / 1_000);
  expect(aheadNow()).toBe(50);

  ahead = 70_000;
  expect(aheadNow()).toBe(50);
  passed = 61_000;
  clock();
  await new Promise((resolve) => setImmediate(resolve));
  passed = 0;
  monotonic.mockRestore();

  expect(Math.abs(clock() - Date.now() - 70_000 + 61_000)).toBeLessThan(1_000);
});
