import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PUBLISHED_FOLDERS } from '../../scripts/pack-packages.ts';
import { measureImports, type Usage } from '../src/package/import-cost.ts';
import { type Installation, installPackages } from '../src/package/installation.ts';
import { compileExample, runExample, runTestExample } from '../src/package/readme-example.ts';
import { runIn } from '../src/package/run-in.ts';
import { root } from '../src/run.ts';

const MOST_PACKAGES = 10;
const MOST_BYTES = 8 * 1024 * 1024;
// 80 ms where kysely takes as long, measured side by side: a machine may be slow.
const MOST_OF_BOTH = 0.6;
const MOST_MEBIBYTES = 20;

let installed: Installation;

beforeAll(async () => {
  installed = await installPackages();
});

afterAll(async () => {
  await installed?.[Symbol.asyncDispose]();
});

const shown = (usage?: Usage) => `${usage?.ms.toFixed(0)} ms, ${usage?.mebibytes.toFixed(1)} MB`;
const tool = (name: string) => join(root, 'node_modules/.bin', name);

test('When the packages are installed, Then at most 10 packages of together 8 MB are', () => {
  const { names, bytes } = installed;
  process.stdout.write(`installed: ${names.join(', ')}; ${(bytes / 2 ** 20).toFixed(1)} MB\n`);

  expect(names.length).toBeLessThanOrEqual(MOST_PACKAGES);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

test("When the test file of durable-saga/testing's README runs by Node's own runner, Then it passes", async () => {
  await runTestExample(installed.folder);
});

describe.each(PUBLISHED_FOLDERS)('%s', (folder) => {
  test('When it is imported, Then kysely is not, and it takes at most 20 MB above bare Node', async () => {
    const { name } = installed.packed(folder);

    const [alone, withKysely] = await measureImports(installed.folder, [[name], [name, 'kysely']]);

    process.stdout.write(
      `import of ${name}: ${shown(alone)}; with kysely, which opening loads: ${shown(withKysely)}\n`,
    );
    expect(alone?.ms).toBeLessThanOrEqual(MOST_OF_BOTH * (withKysely?.ms ?? 0));
    expect(alone?.mebibytes).toBeLessThanOrEqual(MOST_MEBIBYTES);
  });

  test("When its README's example runs as JavaScript, Then it prints what the README says", async () => {
    const { printed, promised } = await runExample(installed.folder, installed.packed(folder).name);

    expect(printed).toBe(promised);
  });

  test("When its README's example is compiled as strict TypeScript, Then tsc finds nothing", async () => {
    await compileExample(installed.folder, installed.packed(folder).name);
  });

  test('When publint looks at its tarball, Then it finds nothing', async () => {
    const { tarball } = installed.packed(folder);

    expect(await runIn(root, tool('publint'), ['run', tarball, '--strict'])).toContain('All good!');
  });

  test('When attw looks at its tarball, Then its types are found and right for ES modules', async () => {
    const { tarball } = installed.packed(folder);

    await runIn(root, tool('attw'), [tarball, '--profile', 'esm-only']);
  });
});
