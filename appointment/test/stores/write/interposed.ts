import { respondJson, type SeenRequest, startStubServer } from '@appointments/chassis/testing';

/**
 * What happens to a call: it never arrives, or it arrives and its response never comes back, or it is responded to in the
 * backend's place with this status and `{}`.
 */
export type Fault = 'hold request' | 'hold response' | number;

/** The calls of a booking that can be interfered with. */
export type CallName = 'create' | 'release' | 'pay' | 'refund' | 'find' | 'charge' | 'reverse';

const CALLS: ReadonlyArray<{ call: CallName; method: string; path: RegExp }> = [
  { call: 'create', method: 'POST', path: /createAppointment$/ },
  { call: 'release', method: 'PUT', path: /\/cancellations\// },
  { call: 'pay', method: 'POST', path: /makePayment$/ },
  { call: 'refund', method: 'PUT', path: /\/refunds\// },
  { call: 'find', method: 'GET', path: /\/payments\// },
  { call: 'charge', method: 'POST', path: /\/charges$/ },
  { call: 'reverse', method: 'POST', path: /\/refunds$/ },
];

const DECLINED_CARD = '4000000000000002';

interface Reply {
  status: number;
  body: unknown;
}

/** Decides what happens to each call, by the booking that it belongs to, which a booking's first call makes known. */
function createInterference() {
  const faults = new Map<string, Fault>();
  const hits = new Map<string, number>();
  const held = new Map<string, (reply: Reply) => void>();
  const ids = new Map<string, string>();
  const nameOf = (id: string) => [...ids].find(([, known]) => known === id)?.[0];
  const keyOf = (call: CallName, name: string) => `${call} of ${name}`;

  return {
    /**
     * @param pass gives the response that the call would get
     * @returns the response, undefined where there is none to give
     */
    async interfere(request: SeenRequest, pass: () => Promise<Reply | undefined>): Promise<Reply | undefined> {
      const call = CALLS.find(({ method, path }) => method === request.method && path.test(request.path))?.call;
      const id = idOf(request);
      if (call === 'create') ids.set((request.body as { name: string }).name, id);
      const key = call && keyOf(call, nameOf(id) ?? '');
      const fault = key && faults.get(key);
      if (!fault) return pass();
      if (fault === 'hold response') await pass();
      hits.set(key, (hits.get(key) ?? 0) + 1);
      if (typeof fault === 'number') return { status: fault, body: {} };
      return new Promise((resolve) => held.set(key, resolve));
    },
    /** A call that is held already gets a response where the new fault is a status. */
    arm(call: CallName, name: string, fault: Fault): void {
      faults.set(keyOf(call, name), fault);
      if (typeof fault === 'number') held.get(keyOf(call, name))?.({ status: fault, body: {} });
    },
    /** How often a call has met its fault. */
    hits: (call: CallName, name: string) => hits.get(keyOf(call, name)) ?? 0,
    /** The id of the booking for this patient, once it has been seen. */
    bookingId: (name: string) => ids.get(name),
  };
}

/** The booking's id: in the key of a call that begins something, at the end of the path for the others. */
function idOf({ headers, body, path }: SeenRequest): string {
  const { reference } = (body ?? {}) as { reference?: string };
  return reference ?? (headers['idempotency-key'] as string | undefined) ?? (path.split('/').at(-1) as string);
}

/**
 * Stands between the orchestrator and its two backends, and for the gateway behind the payment service, and interferes
 * with the calls of single bookings.
 *
 * @param targets where the backends are
 */
export async function interpose(targets: { reservation: string; payment: string }) {
  await using opened = new AsyncDisposableStack();
  const { interfere, ...interference } = createInterference();

  async function stand(pass: (request: SeenRequest) => Promise<Reply | undefined>): Promise<string> {
    const server = await startStubServer(async (request, response) => {
      const reply = await interfere(request, () => pass(request));
      if (reply) respondJson(response, reply.status, reply.body);
    });
    return opened.use(server).url;
  }

  const gatewayUrl = await stand(async (request) => actAsGateway(request));
  const peers = {
    reservation: await stand((request) => forward(targets.reservation, request)),
    payment: await stand((request) => forward(targets.payment, request)),
  };
  const owned = opened.move();
  return { ...interference, gatewayUrl, peers, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const PASSED_ON = ['content-type', 'idempotency-key', 'traceparent', 'x-request-id'];

/** @returns undefined where the backend was killed meanwhile */
async function forward(target: string, { method, path, headers, body }: SeenRequest): Promise<Reply | undefined> {
  const passedOn = Object.entries(headers).filter(([name]) => PASSED_ON.includes(name)) as Array<[string, string]>;
  try {
    const response = await fetch(target + path, {
      method,
      headers: passedOn,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}

function actAsGateway({ path, body }: SeenRequest): Reply {
  if (path === '/refunds') return { status: 200, body: {} };
  const declined = (body as { card: string }).card === DECLINED_CARD;
  return declined
    ? { status: 402, body: { status: 'declined', declineCode: 'generic_decline' } }
    : { status: 201, body: { status: 'settled' } };
}
