import type { Context } from 'koa';
import { PROBLEM_MEDIA_TYPE, Problem, problemDocument } from './problem.ts';

/** A reply as it goes over the wire, and as it is kept for retries. */
export interface Reply {
  status: number;
  type: string;
  /** JSON text, so that a replay is the same byte for byte. */
  body: string;
  headers?: Record<string, string>;
  /** Whether this is the replay of a kept reply. */
  replayed?: boolean;
}

/** A reply with a JSON body whose members keep the order they are given in. */
export function jsonReply(status: number, body: unknown, headers?: Record<string, string>): Reply {
  return { status, type: 'application/json', body: JSON.stringify(body), ...(headers && { headers }) };
}

/**
 * The reply for a refusal.
 *
 * @throws the error itself when it is not a Problem, or is the service's own failure (500 and above)
 */
export function refusalReply(error: unknown, instance: string): Reply {
  if (!(error instanceof Problem) || error.status >= 500) throw error;
  return {
    status: error.status,
    type: PROBLEM_MEDIA_TYPE,
    body: JSON.stringify(problemDocument(error, instance)),
    ...(Object.keys(error.headers).length > 0 && { headers: error.headers }),
  };
}

/**
 * Sends a reply. A replay carries `Idempotent-Replayed: true` and no `Retry-After`: the reply is kept, so that the same
 * request will never get another.
 */
export function sendReply(ctx: Context, reply: Reply): void {
  ctx.status = reply.status;
  ctx.body = reply.body;
  ctx.type = reply.type;
  if (reply.headers) ctx.set(reply.headers);
  if (!reply.replayed) return;
  ctx.remove('retry-after');
  ctx.set('idempotent-replayed', 'true');
}
