import { type PeerReply, PeerUnavailable } from '@appointments/chassis';
import type { z } from 'zod';

/**
 * Parses a 200 by its schema.
 *
 * @throws PeerUnavailable where it is another status, or something else
 */
export function parseReply<Schema extends z.ZodType>(
  peer: string,
  schema: Schema,
  { status, body }: PeerReply,
): z.output<Schema> {
  if (status !== 200) throw new PeerUnavailable(peer, `http_${status}`);
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new PeerUnavailable(peer, 'bad_reply');
  return parsed.data;
}
