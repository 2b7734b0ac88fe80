import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range that the system takes for outgoing connections: a port must still be free when its service, killed
// meanwhile, is started again.
const LOWEST = 20_000;
const HIGHEST = 31_999;

const taken = new Set<number>();

/** A free port of the loopback address that stays this test process's own. */
export async function takePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
