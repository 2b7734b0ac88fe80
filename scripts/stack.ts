import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BackendName, noticeSettings, peerSettings, type ServiceName, serviceNamed } from '../services.ts';
import { makeFolder } from '../store/src/make-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const STOP_DEADLINE_MS = 10_000;
const READY_DEADLINE_MS = 15_000;
const READY_CALL_MS = 1_000;

export interface StackOptions {
  ports: Record<ServiceName, number>;
  /** A folder for the stores. */
  dataDir: string;
  /** The stores of services that do not use the folder. */
  databaseUrls?: Partial<Record<ServiceName, string>>;
  /** Goes to every service. */
  env?: NodeJS.ProcessEnv;
  /** The addresses of backends that the orchestrator must not call on their own ports. */
  peers?: Partial<Record<BackendName, string>>;
  /** The folder with the services, where it is not this repository: another version of the code. */
  sources?: string | undefined;
  /** What Node itself is started with. */
  nodeArguments?: readonly string[];
  /** Where the services' log lines go, a file by its descriptor; the terminal when left out. */
  output?: 'inherit' | 'ignore' | number;
}

/** One service as a plain Node process. */
export interface ServiceProcess {
  readonly name: ServiceName;
  readonly url: string;
  readonly process: ChildProcess;
  /** Whether it listens, as it says itself: who responds on its port may be somebody else. */
  readonly listens: () => boolean;
  /** Resolves with the exit code, null where a signal ended the process. */
  readonly exited: Promise<number | null>;
}

/** Starts one service. */
export function startServiceProcess(
  name: ServiceName,
  { ports, dataDir, databaseUrls, env, peers, sources = root, nodeArguments = [], output = 'inherit' }: StackOptions,
): ServiceProcess {
  const urlOf = (service: ServiceName) => `http://127.0.0.1:${ports[service]}`;
  const dataFolder = resolve(dataDir);
  makeFolder(dataFolder);
  const child = spawn(process.execPath, [...nodeArguments, `${name}/src/main.ts`], {
    cwd: sources,
    env: {
      ...process.env,
      ...noticeSettings(name, urlOf),
      ...env,
      PORT: String(ports[name]),
      ...peerSettings(name, (peer) => peers?.[peer] ?? urlOf(peer)),
      // One for all of them would be wrong, in the environment as in a file.
      DATABASE_URL_FILE: '',
      DATABASE_URL: databaseUrls?.[name] ?? `sqlite:${dataFolder}/${serviceNamed(name).store}.db`,
    },
    // Through the channel it says that it listens, and knows when this process is gone.
    stdio: ['ignore', output, output, 'ipc'],
    // In a process group of its own, so that Ctrl-C stops it once, in order, and not twice.
    detached: true,
  });
  let listens = false;
  child.once('message', () => {
    listens = true;
  });
  child.channel?.unref();
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { name, url: urlOf(name), process: child, listens: () => listens, exited };
}

/**
 * Waits until a service is ready.
 *
 * @throws where it ended instead, or took longer than 15 s
 */
export async function waitUntilReady({ name, url, process: child, listens }: ServiceProcess): Promise<void> {
  const giveUpAt = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    if (listens() && (await isReady(url))) return;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || performance.now() > giveUpAt) throw new Error(`${name} did not become ready`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_CALL_MS) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
}

/** Stops a service as an operator would, and for good where it does not listen. */
export async function stopServiceProcess({ process: child, exited }: ServiceProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  child.kill('SIGTERM');
  const code = await exited;
  clearTimeout(killer);
  return code;
}
