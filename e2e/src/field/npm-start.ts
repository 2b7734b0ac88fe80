import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { signalProcess, takePort, temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { mapServicesAsync, SERVICE_NAMES, type ServiceName, settingOf } from '../../../services.ts';

// Of a machine that is busy.
const READY_MS = 25_000;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What `npm start` is given. */
export interface StartSettings {
  env?: NodeJS.ProcessEnv;
  /** Runs in a shell in place of `npm start` alone, `$START` being what starts the stack. */
  shell?: string;
}

/** `npm start` on ports of its own, as a process of its own; what is left of it is killed at the end. */
export async function runNpmStart({ env = {}, shell = '$START' }: StartSettings = {}) {
  const folder = temporaryFolder();
  const ports = await mapServicesAsync(SERVICE_NAMES, takePort);
  const settings = {
    ...Object.fromEntries(SERVICE_NAMES.map((name) => [settingOf(name, 'PORT'), String(ports[name])])),
    DATA_DIR: `${folder.path}/data`,
    OPERATOR_TOKEN: 'operator-of-the-field-tests',
    SERVICE_TOKEN: '',
    START: `${process.execPath} scripts/start.ts`,
    ...env,
  };
  const child = spawn('bash', ['-c', shell], {
    cwd: ROOT,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const urlOf = (name: ServiceName) => `http://127.0.0.1:${ports[name]}`;
  return {
    child,
    output,
    ports,
    folder: folder.path,
    env: settings,
    exited,
    urlOf,
    urls: SERVICE_NAMES.map(urlOf),
    /** The processes of this stack, the starter and the services. */
    processes: () => findProcesses(`DATA_DIR=${settings.DATA_DIR}`),
    untilReady: () => untilReady(child, SERVICE_NAMES.map(urlOf)),
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of findProcesses(`DATA_DIR=${settings.DATA_DIR}`)) signalProcess(pid, 'SIGKILL');
      // What reads the log as well.
      if (child.pid) signalProcess(-child.pid, 'SIGKILL');
      await exited;
      folder[Symbol.dispose]();
    },
  };
}

export type NpmStart = Awaited<ReturnType<typeof runNpmStart>>;

async function untilReady(child: ChildProcess, urls: string[]): Promise<void> {
  for (const url of urls) {
    await waitUntil(
      `${url} is ready`,
      async () => {
        if (child.exitCode !== null) throw new Error('the stack ended');
        return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok ?? false;
      },
      READY_MS,
    );
  }
}

/** The Node processes with a variable in their environment. */
function findProcesses(variable: string): Array<{ pid: number; command: string }> {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), environment: read(name, 'environ'), command: read(name, 'cmdline') }))
    .filter(({ environment, command }) => environment.split('\0').includes(variable) && /node|bash/.test(command))
    .map(({ pid, command }) => ({ pid, command: command.replaceAll('\0', ' ').trim() }));
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

let booked = 0;

/** Sends a booking for a day of its own. */
export async function book(url: string, patient = 'Ann'): Promise<number> {
  booked += 1;
  const date = new Date(Date.UTC(2031, 0, 1) + booked * 86_400_000);
  const [year, month, day] = date.toISOString().slice(0, 10).split('-');
  const response = await fetch(`${url}/doctorAppoinment/reservation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: patient,
      doctor: 'John Doe',
      date: `${day}-${month}-${year}`,
      cardNum: '4242424242424242',
    }),
    signal: AbortSignal.timeout(10_000),
  });
  await response.arrayBuffer();
  return response.status;
}
