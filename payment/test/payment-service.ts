import { createIdempotencyKeys, type Tokens } from '@appointments/chassis';
import { type OpenService, type ServiceParts, send, startTestService } from '@appointments/chassis/testing';
import { createPaymentApp } from '../src/app.ts';
import type { PaymentGateway } from '../src/gateway.ts';
import { openPaymentDatabase } from '../src/payment-store.ts';
import { createReversals } from '../src/reversal.ts';
import { createSandboxGateway } from '../src/sandbox/sandbox-gateway.ts';
import type { Notify } from '../src/waiting-payments/notices.ts';

export const PAYER = { name: 'Thomas Colins', cardNum: '1234567', amount: '1000.00' };

/** What events are signed with unless a test says otherwise. */
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

/** Where the pages of the sandbox seem to be. */
export const PUBLIC_URL = 'https://pay.example';

export interface PaymentServiceOptions {
  /** The sandbox where it is left out. */
  gateway?: PaymentGateway;
  serviceToken?: Tokens;
  webhookSecrets?: readonly string[];
  notify?: Notify;
  actionTimeoutMs?: number;
  now?: () => number;
}

/** The routes of a payment service, wherever it runs. */
export function paymentApi(url: string) {
  return {
    url,
    pay: (body: unknown = PAYER, key?: string, headers: Record<string, string> = {}) =>
      send(`${url}/payment/makePayment`, 'POST', body, { ...(key && { 'idempotency-key': key }), ...headers }),
    refund: (reference: string) => send(`${url}/payment/refunds/${encodeURIComponent(reference)}`, 'PUT'),
    find: (reference: string) => send(`${url}/payment/payments/${encodeURIComponent(reference)}`, 'GET'),
    erase: (references: readonly string[]) => send(`${url}/payment/erasures`, 'POST', { references }),
    list: (query = '') => send(`${url}/payment/payments${query}`, 'GET'),
  };
}

/** The real service over this store, for whoever starts it. */
export const openService = (async ({
  databaseUrl,
  logger,
  serviceToken,
  gateway: given,
  webhookSecrets = [WEBHOOK_SECRET],
  notify = async () => {},
  actionTimeoutMs = 900_000,
  now = Date.now,
}: ServiceParts & PaymentServiceOptions) => {
  const database = await openPaymentDatabase(databaseUrl);
  const gateway = given ?? createSandboxGateway({ database, publicUrl: PUBLIC_URL });
  const keys = createIdempotencyKeys({ runningMs: 60_000, now });
  const reversals = createReversals({ database, gateway, now });
  const draining = new AbortController().signal;
  const { app, close } = await createPaymentApp({
    ...{ database, gateway, reversals, keys, logger, draining, serviceToken, now },
    ...{ webhookSecrets, isSandbox: !given, notify, actionTimeoutMs },
  });
  return {
    app,
    database,
    reversals,
    async close() {
      await close();
      await database.close();
    },
  };
}) satisfies OpenService;

/** The real service over a real store in a folder of its own. */
export async function startPaymentService({ serviceToken = '', ...options }: PaymentServiceOptions = {}) {
  const open = (parts: Omit<ServiceParts, 'serviceToken'>) => openService({ ...parts, ...options, serviceToken });
  const service = await startTestService('payment', open);
  return { ...paymentApi(service.url), ...service };
}
