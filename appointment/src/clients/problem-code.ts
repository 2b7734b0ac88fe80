import type { PeerReply } from '@appointments/chassis';
import { z } from 'zod';

const problem = z.object({ code: z.string().regex(/^[a-z][a-z_]{0,63}$/) });

/**
 * The stable code of a problem document; undefined where the reply is none. A refusal without one may be by something
 * between here and the service, and says nothing about the call.
 */
export function problemCode({ body }: PeerReply): string | undefined {
  // Asked of every reply, and zod takes long to say in what ways a good one is no problem.
  const isCandidate = typeof body === 'object' && body !== null && 'code' in body;
  return isCandidate ? problem.safeParse(body).data?.code : undefined;
}
