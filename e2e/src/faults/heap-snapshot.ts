import type { ChildProcess } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@appointments/chassis/testing';

const SIGNAL = 'SIGUSR2';

/** What Node is started with, so that `takeHeapSnapshot` works; the snapshots go to the folder. */
export const heapSnapshotArguments = (folder: string): string[] => [
  `--heapsnapshot-signal=${SIGNAL}`,
  `--diagnostic-dir=${folder}`,
];

/**
 * Takes a snapshot of all that a service's process keeps: V8 collects its garbage first.
 *
 * @param url the service's address
 * @returns the snapshot's JSON, which has every string in it
 */
export async function takeHeapSnapshot(folder: string, child: ChildProcess, url: string): Promise<Buffer> {
  const written = () => globSync(`Heap.*.${child.pid}.*`, { cwd: folder });
  child.kill(SIGNAL);
  await waitUntil('a snapshot is being written', () => written().length > 0, 10_000);
  // The process responds to nothing until it is written.
  await (await fetch(`${url}/livez`)).text();
  const [name = ''] = written();
  const snapshot = readFileSync(join(folder, name));
  rmSync(join(folder, name));
  return snapshot;
}
