import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Run {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
}

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Runs a command in the repository's root to its end, whatever its exit code. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const options = {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'buffer',
    maxBuffer: MAX_OUTPUT_BYTES,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/**
 * Runs the Docker client.
 *
 * @throws where it fails, with what it said
 */
export async function docker(...args: string[]): Promise<Buffer> {
  return (await runDocker(args)).stdout;
}

/** The same for a command that writes to both outputs; returns the two together. */
export async function dockerOutput(...args: string[]): Promise<Buffer> {
  const { stdout, stderr } = await runDocker(args);
  return Buffer.concat([stdout, stderr]);
}

async function runDocker(args: readonly string[]): Promise<Run> {
  const done = await run('docker', args);
  if (done.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${done.stderr}`);
  return done;
}

/** The output of `docker inspect`, `docker image inspect` and the like. */
export async function inspect<Facts>(id: string, kind = 'container'): Promise<Facts> {
  const [facts] = JSON.parse(String(await docker(kind, 'inspect', id))) as Facts[];
  return facts as Facts;
}
