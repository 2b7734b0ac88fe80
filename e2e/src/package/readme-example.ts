import { readFile, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { root } from '../run.ts';
import { runIn } from './run-in.ts';

const STRICT = {
  target: 'esnext',
  module: 'nodenext',
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  types: ['node'],
  // The types of Node are a tool here and nothing that the packages need.
  typeRoots: [join(root, 'node_modules/@types')],
};

/**
 * The first example of an installed package's README.
 *
 * @param folder where the package is installed
 */
export function readmeExample(folder: string, name: string) {
  const code = async (): Promise<string> => {
    const readme = await readFile(join(folder, 'node_modules', name, 'README.md'), 'utf8');
    const found = /```ts\n(?<code>[\s\S]*?)```/.exec(readme)?.groups?.code;
    if (found === undefined) throw new Error(`${name}: README.md has no example`);
    return found;
  };
  return {
    /** Runs it without its types; resolves with what it prints. */
    async runAsJavaScript(): Promise<string> {
      await writeFile(join(folder, `${name}.js`), stripTypeScriptTypes(await code()));
      return runIn(folder, process.execPath, [`${name}.js`]);
    },
    /** Compiles it in strict mode, the declarations of all that it imports included; rejects with what tsc says. */
    async compile(): Promise<void> {
      await writeFile(join(folder, `${name}.ts`), await code());
      const project = join(folder, `tsconfig.${name}.json`);
      await writeFile(project, JSON.stringify({ compilerOptions: STRICT, files: [`${name}.ts`] }));
      await runIn(folder, join(root, 'node_modules/.bin/tsc'), ['--project', project]);
    },
  };
}
