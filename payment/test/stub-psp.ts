import type { ServerResponse } from 'node:http';
import { respondJson, type SeenRequest, startStubServer } from '@appointments/chassis/testing';

/** What may go wrong with a response, always after the request has had its side effect. */
export type Fault = 'hang' | 'reset' | 'http_500' | 'html' | 'html_422' | 'wrong_shape' | 'truncated';

interface Charge {
  reference: string;
  amount: string;
  card: string;
  name: string;
}

const DECLINED_CARD = '4000000000000002';
/** Its holder has to confirm. */
export const CHALLENGED_CARD = '4000002760003184';
const UNDECIDED_CARD = '4000000000000119';

/** A PSP as the README describes one, which can be made to fail. */
export async function startPsp() {
  const charges = new Map<string, Charge>();
  const refunds = new Map<string, unknown>();
  const psp = {
    faults: [] as Fault[],
    everyResponse: undefined as Fault | undefined,
    /** What its responses wait for. */
    respondsAfter: undefined as Promise<void> | undefined,
    /** What it answers to the charge of one card, without charging it. */
    refusals: new Map<string, [number, unknown]>(),
    /** What it answers when it is asked about a charge that was not decided at once, by reference. */
    decidedLater: new Map<string, { status: string }>(),
    /** What it answers to each refund, without giving anything back. */
    refusesRefunds: undefined as [number, unknown] | undefined,
  };

  function charge({ headers, body }: SeenRequest): [number, unknown] {
    const wanted = body as Charge;
    const refusal = psp.refusals.get(wanted.card);
    if (refusal) return refusal;
    if (wanted.card === DECLINED_CARD) return [402, { status: 'declined', declineCode: 'do_not_honor' }];
    if (refunds.has(`refund-${wanted.reference}`)) return [402, { status: 'declined', declineCode: 'reversed' }];
    charges.set(String(headers['idempotency-key']), wanted);
    if (wanted.card === CHALLENGED_CARD) return [200, { status: 'requires_action', url: 'https://bank.example/1' }];
    return [201, { status: wanted.card === UNDECIDED_CARD ? 'processing' : 'settled' }];
  }

  function refund({ headers, body }: SeenRequest): [number, unknown] {
    if (psp.refusesRefunds) return psp.refusesRefunds;
    const known = charges.has((body as Charge).reference);
    refunds.set(String(headers['idempotency-key']), body);
    return [known ? 200 : 404, {}];
  }

  function find(reference: string): [number, unknown] {
    return charges.has(reference) ? [200, psp.decidedLater.get(reference) ?? { status: 'processing' }] : [404, {}];
  }

  function respond(request: SeenRequest): [number, unknown] {
    if (request.method === 'GET') return find(decodeURIComponent(request.path.replace('/v1/charges/', '')));
    return request.path === '/v1/charges' ? charge(request) : refund(request);
  }

  const stub = await startStubServer(async (request, response) => {
    const [status, body] = respond(request);
    const fault = psp.faults.shift() ?? psp.everyResponse;
    await psp.respondsAfter;
    if (fault) fail(fault, response);
    else respondJson(response, status, body);
  });

  return Object.assign(psp, {
    url: `${stub.url}/v1`,
    requests: stub.requests,
    charges,
    refunds,
    paths: () => stub.requests.map(({ path }) => path.replace('/v1', '')),
    [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose](),
  });
}

function fail(fault: Fault, response: ServerResponse): void {
  switch (fault) {
    case 'hang':
      return;
    case 'reset':
      response.destroy();
      return;
    case 'http_500':
      respondJson(response, 500, { error: 'no' });
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to the hotel Wi-Fi</h1>');
      return;
    case 'html_422':
      response.writeHead(422, { 'content-type': 'text/html' }).end('<h1>Blocked</h1>');
      return;
    case 'wrong_shape':
      respondJson(response, 200, ['perhaps']);
      return;
    case 'truncated':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"sett');
  }
}
