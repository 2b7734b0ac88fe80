import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../run.ts';
import { runIn } from './run-in.ts';

const STRICT = {
  target: 'esnext',
  module: 'nodenext',
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  allowImportingTsExtensions: true,
  types: ['node'],
  // The types of Node are a tool here and nothing that the packages need.
  typeRoots: [join(root, 'node_modules/@types')],
};

/**
 * Compiles files in strict mode, the declarations of all that they import included.
 *
 * @param folder where the packages are installed
 * @param project what to call it, different for each call
 * @param files relative to the folder
 * @throws what tsc says where it finds something
 */
export async function compileStrictly(folder: string, project: string, files: readonly string[]): Promise<void> {
  const configuration = join(folder, `tsconfig.${project}.json`);
  await writeFile(configuration, JSON.stringify({ compilerOptions: STRICT, files }));
  await runIn(folder, join(root, 'node_modules/.bin/tsc'), ['--project', configuration]);
}
