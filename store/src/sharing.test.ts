import { expect, test } from 'vitest';
import { createSharing } from './sharing.ts';

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
