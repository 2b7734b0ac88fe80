import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { fileSystemOf } from '../work-folder.ts';

/** The machine and the commit of a run. */
export function describeRun(product: string, folder: string) {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: product, encoding: 'utf8' }).stdout?.trim() ?? '';
  return {
    commit: git('rev-parse', 'HEAD') || 'unknown',
    changedFiles: git('status', '--porcelain', '--untracked-files=no').split('\n').filter(Boolean).length,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    fileSystem: fileSystemOf(folder),
    loadBefore: loadavg()[0],
  };
}
