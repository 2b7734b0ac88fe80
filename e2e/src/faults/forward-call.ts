import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Call } from './fault-rules.ts';

export interface BackendResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** @returns the backend's response, undefined where it sent none */
export async function forwardCall(
  target: string,
  { method, path }: Call,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<BackendResponse | undefined> {
  try {
    // A connection for each call: a kept one may be dead, and that fault would not be the test's.
    const request = sendRequest(new URL(path, target), { method, agent: false, headers }).end(body);
    const [reply] = (await once(request, 'response')) as [IncomingMessage];
    const { connection, 'transfer-encoding': encoding, ...kept } = reply.headers;
    return { status: reply.statusCode ?? 0, headers: kept, body: await buffer(reply) };
  } catch {
    return undefined;
  }
}
