import { setTimeout as delay } from 'node:timers/promises';

const PROBE_EVERY_MS = 5;

/** Calls `/livez` over and over while `work` runs; returns how long each response took, in milliseconds. */
export async function probeLatencyDuring(url: string, work: Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  while (!done) {
    const began = performance.now();
    const response = await fetch(`${url}/livez`);
    await response.text();
    if (!response.ok) throw new Error(`/livez responded with ${response.status}`);
    latencies.push(performance.now() - began);
    await delay(PROBE_EVERY_MS);
  }
  await ended;
  return latencies;
}
