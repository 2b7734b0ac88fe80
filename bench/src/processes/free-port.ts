import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

// Below the range that the system takes for outgoing connections, of which a load makes many.
const LOWEST = 21_000;
const HIGHEST = 31_999;

const taken = new Set<number>();

/** A free port of the loopback address that is handed out once in this run. */
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
  const free = (probe.address() as AddressInfo).port === port;
  probe.close();
  await once(probe, 'close');
  return free;
}
