import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { quantile } from '../statistics.ts';

const WRITES = 50;
const PAGE_BYTES = 4096;

/** What a synced write takes, in milliseconds. */
export interface SyncLatency {
  p50: number;
  p99: number;
}

/** Appends some pages to a file of its own in a folder, each with a sync, as the commit of a store does. */
export function measureSyncs(folder: string): SyncLatency {
  const path = `${folder}/sync-latency`;
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const times = Array.from({ length: WRITES }, () => {
    const began = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  rmSync(path);
  const sorted = Float64Array.from(times).sort();
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}
