import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { storeUrl, waitUntil } from '@appointments/chassis/testing';
import { reservationApi } from './reservation-service.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function spawnService(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  return { child, output };
}

/** Runs the service with an environment that it is to refuse. */
export async function runUntilExit(env: NodeJS.ProcessEnv) {
  const { child, output } = spawnService(env);
  const [code] = await once(child, 'close');
  return { code, ...output };
}

/** Starts the service as a process of its own, on a free port, and waits until it says where it listens. */
export async function startReservationProcess(folder: string, env: NodeJS.ProcessEnv = {}) {
  const store = await storeUrl(folder, 'reservation');
  const { child, output } = spawnService({ PORT: '0', DATABASE_URL: store, ...env });
  const url = () => /"url":"([^"]+)"/.exec(output.stdout)?.[1];
  const listens = () => {
    if (child.exitCode !== null) throw new Error(`the service ended: ${output.stderr}`);
    return url() !== undefined;
  };
  await waitUntil('the service listens', listens).catch(async (error: unknown) => {
    await stop(child, 'SIGKILL');
    throw error;
  });
  return {
    child,
    output,
    ...reservationApi(url() as string),
    stop: (signal: NodeJS.Signals) => stop(child, signal),
    [Symbol.asyncDispose]: async () => void (await stop(child, 'SIGKILL')),
  };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode ?? child.signalCode;
}
