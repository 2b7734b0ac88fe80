import type { Stack } from './environment.ts';
import { run } from './run.ts';

/**
 * Runs a command that uses Compose on a stack that is up.
 *
 * @param files the Compose files, each on top of the ones before it
 * @returns what it printed
 * @throws where it fails, with what it said
 */
export async function runCompose(
  { project, settings }: Pick<Stack, 'project' | 'settings'>,
  files: readonly string[],
  command: string,
  ...args: string[]
): Promise<string> {
  const env = { ...settings, COMPOSE_PROJECT_NAME: project, COMPOSE_FILE: files.join(':') };
  const { exitCode, stdout, stderr } = await run(command, args, env);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return String(stdout);
}
