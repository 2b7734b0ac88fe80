import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const examples = new URL('../../examples/patterns/', import.meta.url);
const read = (url: URL) => readFileSync(url, 'utf8');

test('When the page of patterns shows code, Then it is the code that the tests beside this one run, all of it', () => {
  const page = read(new URL('README.md', examples));
  const shown = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

  const files = readdirSync(examples).filter((file) => file.endsWith('.ts'));
  const run = files.map((file) =>
    read(new URL(file, examples))
      .replace("'../../src/index.ts'", "'durable-saga'")
      .replace("'../../testing/index.ts'", "'durable-saga/testing'"),
  );

  expect(shown.sort()).toEqual(run.sort());
});
