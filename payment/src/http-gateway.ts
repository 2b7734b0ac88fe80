import { createPeerClient, formatAmount, type PeerCall, type PeerReply, PeerUnavailable } from '@appointments/chassis';
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
]);
const declinedReply = z.object({ status: z.literal('declined').optional(), declineCode: declineCode.optional() });
const refundReply = z.object({});

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
        if (result === undefined) throw new PeerUnavailable(peer.name, 'bad_reply');
        return result;
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
      if (!(error instanceof PeerUnavailable) || error.noSideEffect) throw error;
      return attempt(path, request, read);
    }
  }

  return {
    async charge({ reference, amount, cardNum, paymentToken, name }) {
      const json = { reference, amount: formatAmount(amount), card: cardNum, token: paymentToken, name };
      return attemptTwice('charges', { json, idempotencyKey: reference }, readCharge).catch(translate);
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

function readCharge({ status: httpStatus, body }: PeerReply): ChargeResult | undefined {
  if (httpStatus === 402) {
    const { data } = declinedReply.safeParse(body);
    return data && asResult({ ...data, status: 'declined' });
  }
  const { data } = chargeReply.safeParse(body);
  return data && (httpStatus === 200 || httpStatus === 201) ? asResult(data) : undefined;
}

function asResult(reply: z.output<typeof chargeReply>): ChargeResult {
  switch (reply.status) {
    case 'settled':
      return { status: 'settled' };
    case 'processing':
      return { status: 'undecided' };
    case 'declined':
      return { status: 'declined', declineCode: reply.declineCode ?? 'generic_decline' };
  }
}

// A reversal of a charge the gateway does not know bars that charge, so 404 counts as 200 — if it is the gateway's own,
// in JSON, and not a proxy's error page.
function readRefund({ status, body }: PeerReply): true | undefined {
  return [200, 404].includes(status) && refundReply.safeParse(body).success ? true : undefined;
}
