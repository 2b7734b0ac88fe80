import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

const STOP_DEADLINE_MS = 15_000;
const LOG_TAIL_CHARACTERS = 2_000;

/** How a process is started. */
export interface ChildOptions {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Takes what the process writes, appended. */
  logFile: string;
  /** For what refuses to run as root. */
  user?: { uid: number; gid: number } | undefined;
  /** Whether messages can be exchanged with it. */
  ipc?: boolean;
}

/** A process that was started here and is ended by its handle. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  readonly logFile: string;
  isRunning(): boolean;
  /** Asks it to end and waits until it has; kills it after 15 s. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a process; what it writes goes to a file, as it would under a supervisor. */
export function startChild({ command, args, env, cwd, logFile, user, ipc = false }: ChildOptions): Child {
  const log = openSync(logFile, 'a');
  const options: SpawnOptions = {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', log, log, ...(ipc ? (['ipc'] as const) : [])],
    ...(cwd && { cwd }),
    ...user,
  };
  const child = spawn(command, args, options);
  closeSync(log);
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  // Awaited in stop; where a process cannot be started at all, waitUntil fails.
  exited.catch(() => undefined);
  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  return {
    pid: child.pid ?? 0,
    process: child,
    logFile,
    isRunning,
    async stop(signal = 'SIGTERM') {
      if (!isRunning()) return;
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      child.kill(signal);
      await exited;
      clearTimeout(killer);
    },
  };
}

/** Starts a program of this folder or of the product with the Node that runs this one. */
export function startNode(
  file: string,
  options: Omit<ChildOptions, 'command' | 'args'>,
  nodeArgs: string[] = [],
): Child {
  return startChild({ ...options, command: process.execPath, args: [...nodeArgs, file] });
}

/**
 * Waits until a process is up.
 *
 * @param probe resolves true when it is
 * @throws with the end of its log where it ended instead or took too long
 */
export async function waitUntil(child: Child, probe: () => Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  const giveUpAt = performance.now() + deadlineMs;
  while (!(await probe().catch(() => false))) {
    if (!child.isRunning() || performance.now() > giveUpAt) {
      const log = readFileSync(child.logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS);
      throw new Error(`a process did not come up (${child.process.spawnargs.join(' ')}):\n${log}`);
    }
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** Whether this address responds, with any status. */
export async function responds(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return true;
}

/** Whether this address responds with a 2xx. */
export async function isOk(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.ok;
}
