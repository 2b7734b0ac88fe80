import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from '../../../services.ts';
import { startOrchestrator } from '../peers/product.ts';
import { startConstantBackends } from '../peers/program.ts';
import { startStack } from '../peers/stack.ts';
import type { Child } from '../processes/child.ts';

/** A service that takes profiles of itself on demand. */
export interface Profiled {
  child: Child;
  /** Where bookings are sent. */
  url: string;
  /** The catalogue that bookings must fit; left out where the backends take anything. */
  doctorsFile?: string;
  stop(): Promise<void>;
}

const nodeArgs = ['--import', fileURLToPath(new URL('record-profile.ts', import.meta.url))];

/** Starts the orchestrator over the constant backends, or a backend within the whole stack. */
export async function startProfiled(name: ServiceName, product: string, folder: string): Promise<Profiled> {
  return name === 'appointment'
    ? startProfiledOrchestrator(product, folder)
    : startProfiledBackend(name, product, folder);
}

async function startProfiledBackend(name: ServiceName, product: string, folder: string) {
  const { child, bookingUrl, stop } = await startStack({ product, folder, nodeArgs: { [name]: nodeArgs } });
  return { child: child(name), url: bookingUrl, doctorsFile: `${product}/reservation/doctors.json`, stop };
}

async function startProfiledOrchestrator(product: string, folder: string) {
  const backends = await startConstantBackends(folder);
  const ours = await startOrchestrator({ product, folder, backendsUrl: backends.url, nodeArgs, ipc: true });
  const stop = async () => {
    await ours.stop();
    await backends.stop();
  };
  return { child: ours.child, url: ours.url, stop };
}

/**
 * Takes a CPU profile of a service while `work` goes on.
 *
 * @param file gets the profile, in the format of V8
 */
export async function profileBetween<Result>(child: Child, file: string, work: () => Promise<Result>): Promise<Result> {
  await tell(child, 'start');
  const result = await work();
  await tell(child, { file });
  return result;
}

async function tell(child: Child, message: 'start' | { file: string }): Promise<void> {
  const reply = once(child.process, 'message');
  child.process.send(message);
  await reply;
}
