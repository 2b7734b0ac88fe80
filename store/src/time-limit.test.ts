import { getEventListeners } from 'node:events';
import { leftInOldSpace } from 'durable-store/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Aborted, limitTime, pause } from './time-limit.ts';

const forever = new Promise<never>(() => {});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('When the work settles in time, Then its result or its error is what comes', async () => {
  using limit = limitTime(100);

  expect(await limit.before(Promise.resolve('done'))).toBe('done');
  await expect(limit.before(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(limit.signal.aborted).toBe(false);
});

test('When the time is over, Then all that waits ends, what comes later as well', async () => {
  using limit = limitTime(100);
  const waiting = [limit.before(forever), limit.before(forever)].map((work) => expect(work).rejects.toThrow(Aborted));

  await vi.advanceTimersByTimeAsync(100);

  await Promise.all(waiting);
  expect(limit.signal.aborted).toBe(true);
  await expect(limit.before(forever)).rejects.toThrow(Aborted);
  expect(await limit.before(Promise.resolve('done before'))).toBe('done before');
});

test('When the outer signal comes first, Then the limit ends with it', async () => {
  const outer = new AbortController();
  using limit = limitTime(100, outer.signal);
  const waiting = expect(limit.before(forever)).rejects.toThrow(Aborted);

  outer.abort();

  await waiting;
});

test('When it is disposed of, Then neither a timer nor a listener is left', () => {
  const outer = new AbortController();
  {
    using _limit = limitTime(100, outer.signal);
    expect([vi.getTimerCount(), getEventListeners(outer.signal, 'abort').length]).toEqual([1, 1]);
  }

  expect([vi.getTimerCount(), getEventListeners(outer.signal, 'abort').length]).toEqual([0, 0]);
});

test('When the time is longer than a timer can be, Then it is without limit', async () => {
  using limit = limitTime(2 ** 31);

  expect(vi.getTimerCount()).toBe(0);
  expect(limit.signal.aborted).toBe(false);
});

test('When a pause is cut short by its signal, Then it ends at once', async () => {
  const outer = new AbortController();
  const paused = pause(60_000, outer.signal);

  outer.abort();

  await paused;
  expect(vi.getTimerCount()).toBe(0);
});

test('When thousands of limits come and go, Then next to nothing of them is left in the old space', async () => {
  vi.useRealTimers();

  const bytes = await leftInOldSpace(50_000, async () => {
    const outer = new AbortController();
    using limit = limitTime(5_000, outer.signal);
    await limit.before(new Promise<void>((resolve) => setImmediate(resolve)));
  });

  expect(bytes).toBeLessThan(100);
});
