import type { IncomingHttpHeaders } from 'node:http';
import { randomHex } from '../telemetry/random-hex.ts';

/** Names one call to a peer: unlike the request id, which goes through all services, no other call has it. */
export const CALL_ID = 'x-call-id';

/** The header that names a new call. */
export const callId = (): Record<string, string> => ({ [CALL_ID]: randomHex(8) });

/**
 * Recognises the response to a request by what the peer returns of its headers, where something on the way may duplicate or
 * mix up responses. A peer that returns nothing is believed.
 *
 * @param sent the headers of the request
 * @param returnsRequestId whether the peer returns the request id as well, which counts where it does not return the call's
 */
export function ownResponse(sent: Record<string, string>, returnsRequestId: boolean) {
  const names = returnsRequestId ? [CALL_ID, 'x-request-id'] : [CALL_ID];
  return (received: IncomingHttpHeaders): boolean => {
    const returned = names.find((name) => received[name] !== undefined && sent[name] !== undefined);
    return returned === undefined || received[returned] === sent[returned];
  };
}
