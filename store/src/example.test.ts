import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/index.ts';

const EXAMPLE = fileURLToPath(new URL('../examples/seats.ts', import.meta.url));
const README = new URL('../README.md', import.meta.url);

test('When the example runs, and runs again, Then every guest has a seat', () => {
  using folder = temporaryFolder();
  const run = () => execFileSync(process.execPath, [EXAMPLE], { cwd: folder.path, encoding: 'utf8' });

  expect(run()).toBe('[ 1, 2, 3 ]\n');
  expect(run()).toBe('[ 4, 5, 6 ]\n');
});

test('When the README shows the example, Then it is the code that these tests run', () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(readFileSync(README, 'utf8'))?.[1];

  expect(shown).toBe(readFileSync(EXAMPLE, 'utf8'));
});
