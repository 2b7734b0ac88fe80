import { createSender, readAll } from './sender.ts';

export interface Payment {
  reference: string;
  payment_id?: string | null;
  payment_status: string;
  amount?: string | null;
  card?: string | null;
}

/** The payment service. */
export function createPaymentApi(url: string, serviceToken?: string) {
  const send = createSender(url, serviceToken);
  return {
    url,
    send,
    pay: (request: Record<string, unknown>) => send<Payment>('POST', 'payment/makePayment', { json: request }),
    find: (reference: string) => send<Payment>('GET', `payment/payments/${reference}`),
    list: () => readAll<Payment>(send, 'payment/payments'),
  };
}
