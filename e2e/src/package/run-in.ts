import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Runs a command in a folder, with no more of this process's environment than programs need.
 *
 * @returns what it prints
 * @throws an error with all its output where it fails
 */
export async function runIn(folder: string, command: string, options: readonly string[]): Promise<string> {
  // Vitest's own settings would change the Node under test.
  const { NODE_OPTIONS, NODE_COMPILE_CACHE, NODE_PATH, ...env } = process.env;
  try {
    return (await execute(command, options, { cwd: folder, env })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${options.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
