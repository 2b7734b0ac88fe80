import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range that the system takes for outgoing connections: a port must still be free when its service, gone
// meanwhile, comes back.
const LOWEST = 20_000;
const PORTS_PER_WORKER = 1_500;
const WORKERS = 8;

// Each of vitest's workers has ports of its own, for what one has taken the others cannot know.
const lowest = LOWEST + (Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS) * PORTS_PER_WORKER;

const taken = new Set<number>();

/** A port that is free on every address and stays reserved for this test process, whether or not a server listens on it. */
export async function takePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * PORTS_PER_WORKER);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port);
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
