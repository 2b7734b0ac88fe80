import { leftInOldSpace } from 'durable-store/testing';
import { expect, test } from 'vitest';
import { TransientMap } from './transient-map.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('When values are set, replaced and deleted, Then the map has what a Map would have', () => {
  const map = new TransientMap<number>();
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.delete('b');
  map.delete('none');
  map.set('__proto__', 4);

  expect([map.get('a'), map.get('b'), map.get('__proto__'), map.get('toString')]).toEqual([3, undefined, 4, undefined]);
  expect([map.keys(), map.values()]).toEqual([
    ['a', '__proto__'],
    [3, 4],
  ]);
});

test('When thousands of values come and go, Then next to nothing of them is left in the old space', async () => {
  const map = new TransientMap<number[]>();
  let last = 0;

  const bytes = await leftInOldSpace(50_000, async () => {
    last += 1;
    const key = `key ${last}`;
    map.set(key, new Array(100).fill(last));
    await turn();
    map.delete(key);
  });

  expect(bytes).toBeLessThan(100);
});
