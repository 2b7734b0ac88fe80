import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

// As statfs(2) gives them. In memory no contender would be durable.
const IN_MEMORY = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);
const ON_DISK = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlay'],
]);

/** The kind of file system that a folder is on. */
export function fileSystemOf(folder: string): string {
  const { type } = statfsSync(folder);
  return IN_MEMORY.get(type) ?? ON_DISK.get(type) ?? `0x${type.toString(16)}`;
}

/**
 * A folder for all stores of this run, on a disk; it is gone when the process ends.
 *
 * @returns its path
 */
export function createWorkFolder(): string {
  const beside = fileURLToPath(new URL('../data', import.meta.url));
  const parent = IN_MEMORY.has(statfsSync(tmpdir()).type) ? beside : tmpdir();
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(`${parent}/appointments-bench-`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
