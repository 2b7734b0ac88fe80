import type { PeerClient } from '@appointments/chassis';

/** One of the services that the orchestrator depends on. */
export interface WatchedPeer {
  client: Pick<PeerClient, 'name' | 'circuit'>;
  url: string;
}

export interface PeerState {
  name: string;
  circuit: ReturnType<PeerClient['circuit']>;
  /** What its readiness probe says. */
  readiness: 'ready' | 'not ready' | 'not responding';
}

const PROBE_TIMEOUT_MS = 800;
const FRESH_MS = 3_000;
// Nobody has looked for so long that what was known then is no news.
const OLD_MS = 15_000;

// Not through the client: looking at a peer must not count for or against its circuit.
async function probe(url: string): Promise<PeerState['readiness']> {
  try {
    const probeUrl = `${url.replace(/\/$/, '')}/readyz`;
    const response = await fetch(probeUrl, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), redirect: 'manual' });
    await response.body?.cancel();
    return response.ok ? 'ready' : 'not ready';
  } catch {
    return 'not responding';
  }
}

/** Knows how the peers are; asks them at most every few seconds, however many look, and has them wait only where nothing recent is known. */
export function createPeerStates(peers: readonly WatchedPeer[], now: () => number) {
  let known: Array<PeerState['readiness']> | undefined;
  let asking: Promise<void> | undefined;
  let freshUntil = 0;

  async function ask(): Promise<void> {
    known = await Promise.all(peers.map(({ url }) => probe(url)));
    freshUntil = now() + FRESH_MS;
    asking = undefined;
  }

  return async function peerStates(): Promise<PeerState[]> {
    if (!asking && now() >= freshUntil) asking = ask();
    if (!known || now() >= freshUntil + OLD_MS) await asking;
    return peers.map(({ client }, index) => ({
      name: client.name,
      circuit: client.circuit(),
      readiness: known?.[index] ?? 'not responding',
    }));
  };
}
