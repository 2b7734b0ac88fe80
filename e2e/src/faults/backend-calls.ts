import type { StackAddresses } from '../../../scripts/read-stores.ts';

/** A reply of a backend as its caller saw it. */
export interface BackendReply {
  status: number;
  replayed: boolean;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever members it expects.
  json: any;
}

async function send(method: string, url: string, body?: unknown, key?: string): Promise<BackendReply> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const replayed = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, replayed, text, json: JSON.parse(text) };
}

/** The two backends as an orchestrator calls them, each effect under its reference. */
export function callBackends({ reservation, payment }: StackAddresses) {
  return {
    create: (reference: string, wishes: { doctor: string; date: string }) =>
      send('POST', `${reservation}/reservation/createAppointment`, { name: 'Thomas Colins', ...wishes }, reference),
    cancel: (reference: string) => send('PUT', `${reservation}/reservation/cancellations/${reference}`),
    pay: (reference: string, cardNum: string) =>
      send('POST', `${payment}/payment/makePayment`, { name: 'Thomas Colins', cardNum, amount: '1000.00' }, reference),
    refund: (reference: string) => send('PUT', `${payment}/payment/refunds/${reference}`),
    findPayment: (reference: string) => send('GET', `${payment}/payment/payments/${reference}`),
  };
}

export type Backends = ReturnType<typeof callBackends>;
