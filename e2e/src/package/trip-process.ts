import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '@appointments/chassis/testing';
import { runIn } from './run-in.ts';

/** A process that runs one trip, and prints how it rests and how it ends. */
export interface TripProcess extends AsyncDisposable {
  /** Waits for a line that has this text. */
  untilPrinted(text: string): Promise<string>;
  /** Ends it as the operating system would, without a word. */
  kill(): Promise<void>;
}

/**
 * Starts `trip.ts` in a folder, or starts it again.
 *
 * @param services the address of the services
 */
export function startTrip(folder: string, id: string, services: string): TripProcess {
  const { NODE_OPTIONS, NODE_COMPILE_CACHE, NODE_PATH, ...env } = process.env;
  const child = spawn(process.execPath, ['trip.ts', 'run', id, services], { cwd: folder, env });
  const exited = once(child, 'exit');
  let printed = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => (printed += chunk));

  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };

  return {
    async untilPrinted(text) {
      const find = () => printed.split('\n').find((line) => line.includes(text));
      await waitUntil(`it has printed ${text}`, () => find() !== undefined || child.exitCode !== null, 30_000);
      const line = find();
      if (line === undefined) throw new Error(`it has ended without ${text}:\n${printed}`);
      return line;
    },
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await end('SIGTERM');
    },
  };
}

/** Brings a trip its approval, or cancels it, by a process that runs no sagas. */
export const tellTrip = (folder: string, what: 'approve' | 'cancel', id: string): Promise<string> =>
  runIn(folder, process.execPath, ['trip.ts', what, id]);
