import { respondJson, type SeenRequest, signWebhook, startStubServer } from '@appointments/chassis/testing';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

/** A gateway that asks every cardholder, decides when the test says so, and sends events or loses them. */
export async function startStubGateway() {
  const decided = new Map<string, string>();
  const refunded = new Set<string>();
  const gateway = {
    /** Runs before the response to a charge is sent. */
    beforeResponse: async (_reference: string) => {},
  };

  async function respond({ method, path, body }: SeenRequest): Promise<unknown> {
    if (method === 'GET')
      return { status: decided.get(decodeURIComponent(path.replace('/charges/', ''))) ?? 'processing' };
    const { reference } = body as { reference: string };
    if (path === '/refunds') {
      refunded.add(reference);
      return {};
    }
    await gateway.beforeResponse(reference);
    return { status: 'requires_action', url: 'https://bank.example/confirm' };
  }

  const stub = await startStubServer(async (request, response) => respondJson(response, 200, await respond(request)));
  return Object.assign(gateway, {
    refunded,
    /** What the payment service is started with. */
    env: { PAYMENT_GATEWAY_URL: stub.url, PAYMENT_GATEWAY_WEBHOOK_SECRET: SECRET },
    decide: (reference: string, status: 'settled' | 'declined') => decided.set(reference, status),
    /** Sends an event; returns the status of the response. */
    async emit(paymentUrl: string, reference: string, status: 'settled' | 'declined', id = `evt-${reference}`) {
      const body = JSON.stringify({ type: `charge.${status}`, data: { reference } });
      const headers = signWebhook({ secret: SECRET, id, body });
      return (await fetch(`${paymentUrl}/payment/gateway-events`, { method: 'POST', headers, body })).status;
    },
    [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose](),
  });
}
