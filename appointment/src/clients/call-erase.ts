import type { ErasureOfReferences, PeerClient, PeerReply } from '@appointments/chassis';
import { z } from 'zod';
import { parseReply } from './parse-reply.ts';

const erasedReply = z.object({ erased: z.int() });

/** How long a store may take to write its files anew, in milliseconds. */
export const SCRUB_TIMEOUT_MS = 600_000;

/**
 * Has a service erase what it keeps of people under these references. Harmless when done twice.
 *
 * @returns how many of the references it knows
 * @throws PeerUnavailable
 */
export async function callErase(
  peer: PeerClient,
  path: string,
  erasure: ErasureOfReferences,
  signal: AbortSignal,
): Promise<number> {
  if (erasure.references.length === 0) return 0;
  const read = (reply: PeerReply) => parseReply(peer.name, erasedReply, reply).erased;
  return peer.call('POST', path, { json: erasure, signal, timeoutMs: SCRUB_TIMEOUT_MS, read });
}
