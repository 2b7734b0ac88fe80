import { afterEach, expect, test, vi } from 'vitest';
import { createSharing } from './sharing.ts';

afterEach(() => void vi.useRealTimers());

test('When one is found to have failed only after the others, Then each is settled, once', async () => {
  const settled: number[] = [];
  let tries = 0;
  const add = createSharing<{ id: number; reject(): void }>({
    most: 10,
    keyOf: ({ id }) => String(id),
    kindOf: () => 'job',
    async together(jobs, failed) {
      tries += 1;
      if (tries > 1)
        return jobs.map(
          ({ id }) =>
            () =>
              settled.push(id),
        );
      failed.add(jobs[0] as (typeof jobs)[number]);
      queueMicrotask(() => queueMicrotask(() => failed.add(jobs[1] as (typeof jobs)[number])));
      throw new Error('the first failed');
    },
    async alone({ id }) {
      await new Promise((next) => setImmediate(next));
      settled.push(id);
    },
  });

  for (const id of [1, 2, 3]) add({ id, reject() {} });

  await expect.poll(() => settled.toSorted()).toEqual([1, 2, 3]);
});

/** Jobs whose transactions end when the test says so. */
function createJobs() {
  const begun: Array<{ ids: number[]; end(): void }> = [];
  const settled: number[] = [];
  const doOnceEnded = async (ids: number[]) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    begun.push({ ids, end: resolve });
    await promise;
    settled.push(...ids);
  };
  const add = createSharing<{ id: number; reject(): void }>({
    most: 10,
    keyOf: ({ id }) => String(id),
    kindOf: () => 'job',
    together: (jobs) => doOnceEnded(jobs.map(({ id }) => id)).then(() => []),
    alone: ({ id }) => doOnceEnded([id]),
  });
  return { add: (id: number) => add({ id, reject() {} }), begun, settled };
}

/** Waits for what the event loop has still to do, and for no timer. */
async function drain(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((next) => setImmediate(next));
}

test('While a transaction is under way, jobs gather for the next one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { add, begun, settled } = createJobs();
  for (const id of [1, 2, 3]) {
    add(id);
    await drain();
  }
  expect(begun.map(({ ids }) => ids)).toEqual([[1]]);

  begun[0]?.end();
  await drain();
  expect(begun.map(({ ids }) => ids)).toEqual([[1], [2, 3]]);

  begun[1]?.end();
  await drain();
  expect(settled).toEqual([1, 2, 3]);
});

test('When a transaction waits for a lock, Then another begins beside it, and no third one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { add, begun, settled } = createJobs();
  add(1);
  await drain();
  add(2);
  await drain();
  await vi.advanceTimersByTimeAsync(50);
  add(3);
  await drain();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begun.map(({ ids }) => ids)).toEqual([[1], [2]]);

  begun[1]?.end();
  await drain();
  expect(begun.map(({ ids }) => ids)).toEqual([[1], [2], [3]]);

  for (const { end } of begun) end();
  await drain();
  expect(settled.toSorted()).toEqual([1, 2, 3]);
});
