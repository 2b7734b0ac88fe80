import { createIdempotencyKeys } from '@appointments/chassis';
import { createTestLogger, send, startTestServer, storeUrl, temporaryFolder } from '@appointments/chassis/testing';
import { createPaymentApp } from '../src/app.ts';
import { openPaymentDatabase } from '../src/payment-store.ts';
import { createReversals } from '../src/reversal.ts';
import { createSandboxGateway } from '../src/sandbox-gateway.ts';

export const PAYER = { name: 'Thomas Colins', cardNum: '1234567', amount: '1000.00' };

/** The routes of a payment service, wherever it runs. */
export function paymentApi(url: string) {
  return {
    url,
    pay: (body: unknown = PAYER, key?: string, headers: Record<string, string> = {}) =>
      send(`${url}/payment/makePayment`, 'POST', body, { ...(key && { 'idempotency-key': key }), ...headers }),
    refund: (reference: string) => send(`${url}/payment/refunds/${encodeURIComponent(reference)}`, 'PUT'),
    find: (reference: string) => send(`${url}/payment/payments/${encodeURIComponent(reference)}`, 'GET'),
    list: (query = '') => send(`${url}/payment/payments${query}`, 'GET'),
  };
}

/** The real service over a real store in a folder of its own. */
export async function startPaymentService({
  gateway = createSandboxGateway(),
  serviceToken = '',
  now = Date.now,
} = {}) {
  const folder = temporaryFolder();
  const { logger, lines } = createTestLogger();
  const database = await openPaymentDatabase(await storeUrl(folder.path, 'payment'));
  const keys = createIdempotencyKeys({ runningMs: 60_000, now });
  const reversals = createReversals({ database, gateway, now });
  const draining = new AbortController().signal;
  const app = createPaymentApp({ database, gateway, reversals, keys, logger, draining, serviceToken, now });
  const server = await startTestServer(app);
  return {
    ...paymentApi(server.url),
    database,
    reversals,
    logger,
    lines,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}
