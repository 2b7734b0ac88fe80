import { readFileSync } from 'node:fs';

/** What files hold of an environment, beside what it holds itself. */
export interface EnvFiles {
  /** The value of each variable that a file holds. */
  values: Record<string, string>;
  /** What is wrong with the others, each beginning with the name of its variable. */
  problems: string[];
}

/** The variable that names the file in which another one's value is, as Docker's own images call it. */
export const fileVariable = (name: string): string => `${name}_FILE`;

/**
 * Reads the variables whose value is in a file: `NAME_FILE` beside `NAME`. A secret in a file shows in no list of processes
 * and in no container's definition. One newline at the end is dropped, as editors write it.
 *
 * @param names the variables that may come from a file
 * @param env the environment, in which an empty variable counts as unset
 */
export function readEnvFiles(names: readonly string[], env: NodeJS.ProcessEnv): EnvFiles {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of names) {
    const variable = fileVariable(name);
    const file = env[variable];
    if (!file) continue;
    const read = env[name] ? { problem: `cannot be set beside ${name}` } : readValue(file);
    if ('problem' in read) problems.push(`${variable}: ${read.problem}`);
    else values[name] = read.value;
  }
  return { values, problems };
}

function readValue(file: string): { value: string } | { problem: string } {
  try {
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return value === '' ? { problem: 'the file is empty' } : { value };
  } catch (error) {
    return { problem: `the file cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}
