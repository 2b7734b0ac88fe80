import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerSettings } from '../../../services.ts';
import { takePort } from '../../../store/testing/free-ports.ts';
import { type Child, responds, startNode, waitUntil } from '../processes/child.ts';
import { BOOKING_PATH, type Contender, type RunningProgram, type Surroundings } from './contender.ts';

const fileOf = (program: string) => fileURLToPath(new URL(`../../contenders/${program}.ts`, import.meta.url));

/** Starts one of the programs in `contenders` and waits until it listens. */
export async function startProgram(
  program: string,
  port: number,
  { folder, backendsUrl }: Surroundings,
  env: NodeJS.ProcessEnv = {},
  probe = () => responds(`http://127.0.0.1:${port}/`),
): Promise<Child> {
  mkdirSync(folder, { recursive: true });
  const child = startNode(fileOf(program), {
    env: { PORT: String(port), ...peerSettings('appointment', () => backendsUrl), ...env },
    logFile: `${folder}/${program}.log`,
  });
  await waitUntil(child, probe);
  return child;
}

/**
 * Starts a program that the bench talks to by messages, and waits until it is ready.
 *
 * @param program its path in `contenders`
 */
export async function startAsked(program: string, folder: string, env: NodeJS.ProcessEnv): Promise<RunningProgram> {
  mkdirSync(folder, { recursive: true });
  const child = startNode(fileOf(program), { env, logFile: `${folder}/${basename(program)}.log`, ipc: true });
  let isReady = false;
  child.process.once('message', () => {
    isReady = true;
  });
  await waitUntil(child, async () => isReady);
  return { program: child, pids: [child.pid], stop: child.stop };
}

/** A contender that is one program and keeps nothing. */
export function programContender(name: string, program: string, surroundings: Surroundings): Contender {
  return {
    name,
    keeps: 'nothing',
    async start() {
      const port = await takePort();
      const child = await startProgram(program, port, surroundings);
      return { url: `http://127.0.0.1:${port}${BOOKING_PATH}`, pids: [child.pid], stop: child.stop };
    },
  };
}

/** The reservation and payment services for all contenders. */
export async function startConstantBackends(folder: string): Promise<Child & { url: string }> {
  const port = await takePort();
  const child = await startProgram('constant-backends', port, { folder, backendsUrl: '' });
  return { ...child, url: `http://127.0.0.1:${port}` };
}
