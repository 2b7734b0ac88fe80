import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('When the README shows a test file, Then it is one that runs here', () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(read('README.md'))?.[1];
  const run = read('../examples/send-parcel.test.ts')
    .replace("'../src/index.ts'", "'durable-saga'")
    .replace("'../testing/index.ts'", "'durable-saga/testing'");

  assert.equal(shown, run);
});
