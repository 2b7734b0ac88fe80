import { expect, test } from 'vitest';
import { randomHex } from './random-hex.ts';

test('When ids are drawn past the end of the pool, Then each has its length and none comes twice', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => randomHex(index % 2 === 0 ? 16 : 8));

  expect(new Set(ids).size).toBe(2_000);
  for (const [index, id] of ids.entries()) expect(id).toMatch(index % 2 === 0 ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/);
});
