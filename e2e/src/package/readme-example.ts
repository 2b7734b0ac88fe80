import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { root } from '../run.ts';
import { compileStrictly } from './compile-strictly.ts';
import { runIn } from './run-in.ts';

/** A README's first example: its first code in TypeScript and, where that only defines something, a script that uses it. */
interface Example {
  code: string;
  script: string | undefined;
  /** The comments that are not indented, in what is run. */
  printed: string;
}

/**
 * Reads the first example of an installed package's README.
 *
 * @param folder where the package is installed
 * @throws an error where there is none, or it does not say what it prints
 */
async function readExample(folder: string, name: string): Promise<Example> {
  const readme = await readFile(join(folder, 'node_modules', name, 'README.md'), 'utf8');
  const code = /```ts\n(?<code>[\s\S]*?)```/.exec(readme)?.groups?.code;
  if (code === undefined) throw new Error(`${name}: README.md has no example`);
  const script = /```js\n(?<script>[\s\S]*?)```/.exec(readme)?.groups?.script;
  const comments = (script ?? code).match(/^\/\/ .*\n/gm);
  if (!comments) throw new Error(`${name}: the example of README.md does not say what it prints`);
  return { code, script, printed: comments.map((comment) => comment.slice('// '.length)).join('') };
}

/**
 * Runs the README's example without its types.
 *
 * @param folder where the package is installed
 * @returns what it prints and what the README says that it prints, each on one line
 */
export async function runExample(folder: string, name: string): Promise<{ printed: string; promised: string }> {
  const { code, script, printed: promised } = await readExample(folder, name);
  const imported = /from '\.\/(?<file>[\w-]+)\.ts'/.exec(script ?? '')?.groups?.file ?? `${name}-example`;
  await writeFile(join(folder, `${imported}.js`), stripTypeScriptTypes(code));
  const entry = script === undefined ? `${imported}.js` : `${name}-script.js`;
  if (script !== undefined) {
    await writeFile(join(folder, entry), script.replace(`'./${imported}.ts'`, `'./${imported}.js'`));
  }
  const printed = await runIn(folder, process.execPath, [entry]);
  return { printed: onOneLine(printed), promised: onOneLine(promised) };
}

// Node breaks the lines of a long object, a README need not.
const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/**
 * Compiles the README's example in strict mode, the declarations of all that it imports included.
 *
 * @param folder where the package is installed
 * @throws what tsc says where it finds something
 */
export async function compileExample(folder: string, name: string): Promise<void> {
  const { code } = await readExample(folder, name);
  const file = `${name}-example.ts`;
  await writeFile(join(folder, file), code);
  await compileStrictly(folder, name, [file]);
}

/**
 * Compiles the test file that the README of `durable-saga/testing` shows in strict mode, and runs it without its types,
 * by Node's own test runner.
 *
 * @param folder where the packages are installed
 * @throws what tsc says, and the runner where a test fails
 */
export async function runTestExample(folder: string): Promise<void> {
  const readme = await readFile(join(folder, 'node_modules/durable-saga/testing/README.md'), 'utf8');
  const shown = /```ts\n(?<code>[\s\S]*?)```/.exec(readme)?.groups?.code ?? '';
  const tests = shown.replace("from 'vitest'", "from 'node:test'");
  const { code } = await readExample(folder, 'durable-saga');
  const place = join(folder, 'tested');
  await mkdir(place, { recursive: true });
  await copyFile(join(root, 'saga/examples/stored-parcels.json'), join(place, 'stored-parcels.json'));
  // What it imports is TypeScript for the compiler and JavaScript for the runner.
  for (const [file, source] of Object.entries({ 'send-parcel': code, 'send-parcel.test': tests })) {
    await writeFile(join(place, `${file}.ts`), source);
    await writeFile(
      join(place, `${file}.js`),
      stripTypeScriptTypes(source.replace('send-parcel.ts', 'send-parcel.js')),
    );
  }
  await compileStrictly(folder, 'testing', ['tested/send-parcel.test.ts']);
  await runIn(place, process.execPath, ['--test', 'send-parcel.test.js']);
}
