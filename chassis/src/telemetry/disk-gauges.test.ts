import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from 'durable-store/testing';
import { expect, test } from 'vitest';
import { diskGauges } from './disk-gauges.ts';
import { createMetrics } from './metrics.ts';

const gaugeIn = (page: string, name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(page)?.[1]);

test('When a page of metrics is read, Then it has the size of the disk and what is free of it', async () => {
  using folder = temporaryFolder();
  const metrics = createMetrics();
  diskGauges(metrics, folder.path);

  const page = await metrics.metrics();

  const { blocks, bsize } = statfsSync(folder.path);
  expect(gaugeIn(page, 'store_disk_size_bytes')).toBe(blocks * bsize);
  expect(gaugeIn(page, 'store_disk_free_bytes')).toBeGreaterThan(0);
  expect(gaugeIn(page, 'store_disk_free_bytes')).toBeLessThan(blocks * bsize);
});

test('When the folder is gone, Then the rest of the page is there', async () => {
  using folder = temporaryFolder();
  const metrics = createMetrics();
  diskGauges(metrics, join(folder.path, 'gone'));

  const page = await metrics.metrics();

  expect(page).not.toMatch(/^store_disk_/m);
  expect(page).toContain('process_start_time_seconds');
});
