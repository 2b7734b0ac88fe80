import { readEnvFiles } from '../chassis/src/service/env-files.ts';

/**
 * A token as the services are given it: out of the environment, or out of the file that `NAME_FILE` names.
 *
 * @throws where the file does not hold one
 */
export function readToken(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { values, problems } = readEnvFiles([name], env);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return values[name] ?? (env[name] || undefined);
}
