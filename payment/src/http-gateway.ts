import {
  createPeerClient,
  formatAmount,
  type PeerCall,
  type PeerReply,
  PeerUnavailable,
  requestInProgress,
} from '@appointments/chassis';
import { z } from 'zod';
import type { ChargeResult, PaymentGateway } from './gateway.ts';
import { gatewayUnavailable } from './problems.ts';

export interface HttpGatewayOptions {
  baseUrl: string;
  token?: string | undefined;
  /** For each call; a call may be retried once. */
  timeoutMs: number;
}

// Shown to clients and kept, so it must not be able to carry digits of a card.
const declineCode = z.string().regex(/^[a-z_]{1,40}$/);
const chargeReply = z.discriminatedUnion('status', [
  z.object({ status: z.literal(['settled', 'processing']) }),
  z.object({ status: z.literal('declined'), declineCode: declineCode.optional() }),
  z.object({ status: z.literal('requires_action'), url: z.url({ protocol: /^https?$/ }) }),
]);
const refusedReply = z.object({ declineCode: declineCode.optional().catch(undefined) });
const anyObject = z.object({});
// What the gateway says of the address, or of how long it waited, says nothing of the charge. 401, 403 and 429, which are
// about this service and all of its calls, never get here.
const NOT_ABOUT_THE_CHARGE: ReadonlySet<number> = new Set([404, 405, 408, 425]);

/** A gateway behind HTTP; the README has what it must offer. */
export function createHttpGateway({ baseUrl, token, timeoutMs }: HttpGatewayOptions): PaymentGateway {
  const peer = createPeerClient({ name: 'gateway', baseUrl, token, timeoutMs });

  function attempt<Result>(
    path: string,
    request: Pick<PeerCall, 'json' | 'idempotencyKey'>,
    read: Reader<Result>,
  ): Promise<Result> {
    return peer.call('POST', path, {
      ...request,
      read: (reply) => {
        const result = read(reply);
        if (result !== undefined) return result;
        // The first call with the key is still running.
        if (reply.status === 409 && isObject(reply)) throw new PeerUnavailable(peer.name, 'in_progress');
        throw new PeerUnavailable(peer.name, reply.status >= 400 ? `http_${reply.status}` : 'bad_reply');
      },
    });
  }

  // Both calls carry an idempotency key, so where the first may have had a side effect a retry is safe, and mostly
  // returns the response that was lost.
  async function attemptTwice<Result>(
    path: string,
    request: Pick<PeerCall, 'json' | 'idempotencyKey'>,
    read: Reader<Result>,
  ): Promise<Result> {
    try {
      return await attempt(path, request, read);
    } catch (error) {
      if (!(error instanceof PeerUnavailable) || error.noSideEffect || error.code === 'in_progress') throw error;
      return attempt(path, request, read);
    }
  }

  /** A query changes nothing, so one that fails is left to the next. */
  const query = (reference: string) =>
    peer.call('GET', `charges/${encodeURIComponent(reference)}`, {
      read: (reply) => {
        const result = readCharge(reply);
        if (result || (reply.status === 404 && isObject(reply))) return result;
        throw new PeerUnavailable(peer.name, reply.status >= 400 ? `http_${reply.status}` : 'bad_reply');
      },
    });

  return {
    async find(reference) {
      const result = await query(reference).catch(translate);
      return result?.status === 'settled' || result?.status === 'declined' ? result : undefined;
    },
    async charge({ reference, amount, cardNum, paymentToken, name }) {
      const json = { reference, amount: formatAmount(amount), card: cardNum, token: paymentToken, name };
      return attemptTwice('charges', { json, idempotencyKey: reference }, readCharge).catch((error: unknown) => {
        if (error instanceof PeerUnavailable && error.code === 'in_progress') throw requestInProgress({ cause: error });
        return translate(error);
      });
    },
    async reverse(reference, amount) {
      const json = { reference, ...(amount !== undefined && { amount: formatAmount(amount) }) };
      await attemptTwice('refunds', { json, idempotencyKey: `refund-${reference}` }, readRefund).catch(translate);
    },
  };
}

/** Parses a response; undefined where it is invalid. */
type Reader<Result> = (reply: PeerReply) => Result | undefined;

function translate(error: unknown): never {
  throw error instanceof PeerUnavailable ? gatewayUnavailable({ cause: error }) : error;
}

const isObject = ({ body }: PeerReply): boolean => anyObject.safeParse(body).success;

/** Whether the gateway itself refuses this one charge, as against a page of what is in front of it. */
const isRefusal = (reply: PeerReply): boolean =>
  reply.status >= 400 && reply.status !== 409 && !NOT_ABOUT_THE_CHARGE.has(reply.status) && isObject(reply);

function readCharge(reply: PeerReply): ChargeResult | undefined {
  const { data } = chargeReply.safeParse(reply.body);
  if (isRefusal(reply) && (data === undefined || data.status === 'declined')) {
    return asResult({ status: 'declined', declineCode: refusedReply.parse(reply.body).declineCode });
  }
  return data && (reply.status === 200 || reply.status === 201) ? asResult(data) : undefined;
}

function asResult(reply: z.output<typeof chargeReply>): ChargeResult {
  switch (reply.status) {
    case 'settled':
      return { status: 'settled' };
    case 'processing':
      return { status: 'processing' };
    case 'requires_action':
      return { status: 'requires_action', url: reply.url };
    case 'declined':
      return { status: 'declined', declineCode: reply.declineCode ?? 'generic_decline' };
  }
}

// A reversal of a charge the gateway does not know bars that charge, so 404 counts as 200 — if it is the gateway's own,
// in JSON, and not a proxy's error page.
function readRefund(reply: PeerReply): true | undefined {
  return [200, 404].includes(reply.status) && isObject(reply) ? true : undefined;
}
