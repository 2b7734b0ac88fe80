import type { ApiDocument } from '@appointments/chassis';
import type { ApiReply } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GUIDE_REQUEST, type Stack, startStack } from '../appointment-stack.ts';
import { as, OPERATOR_TOKEN, startGuardedStack, TOKENS } from './access-stack.ts';

// Many calls one after the other, on a machine that may be busy.
const PATIENCE_MS = 120_000;
const SERVICE_TOKEN = 'the-token-of-the-services';
const CALLERS = ['nobody', ...Object.keys(TOKENS)] as ['nobody', ...Array<keyof typeof TOKENS>];

/** The status for each caller, in the order of `CALLERS`, by the route's `operationId`. */
const GUARDED: Record<string, readonly number[]> = {
  bookAppointment: [401, 200, 200, 403, 200, 401, 401],
  bookAppointmentRespelled: [401, 200, 200, 403, 200, 401, 401],
  getBooking: [401, 200, 404, 200, 200, 401, 401],
  listBookings: [401, 403, 403, 200, 200, 401, 401],
  cancelBooking: [401, 200, 404, 403, 200, 401, 401],
  retryBooking: [401, 403, 403, 403, 409, 401, 401],
  retryBookings: [401, 403, 403, 403, 415, 401, 401],
  pauseBooking: [401, 403, 403, 403, 409, 401, 401],
  resumeBooking: [401, 403, 403, 403, 409, 401, 401],
  resolveStep: [401, 403, 403, 403, 415, 401, 401],
  listDeliveries: [401, 403, 403, 200, 200, 401, 401],
  retryDelivery: [401, 403, 403, 403, 404, 401, 401],
  erasePatient: [401, 403, 403, 403, 415, 401, 401],
  listErasures: [401, 403, 403, 403, 200, 401, 401],
  getErasure: [401, 403, 403, 403, 404, 401, 401],
  noticePayment: [401, 401, 401, 401, 401, 401, 401],
};
/** Without an access file, for nobody, the holder of OPERATOR_TOKEN, and a token that is another one. */
const OPEN: Record<string, readonly number[]> = {
  bookAppointment: [200, 200, 200],
  bookAppointmentRespelled: [200, 200, 200],
  getBooking: [200, 200, 200],
  listBookings: [401, 200, 401],
  cancelBooking: [401, 200, 401],
  retryBooking: [401, 409, 401],
  retryBookings: [401, 415, 401],
  pauseBooking: [401, 409, 401],
  resumeBooking: [401, 409, 401],
  resolveStep: [401, 415, 401],
  listDeliveries: [401, 200, 401],
  retryDelivery: [401, 404, 401],
  erasePatient: [401, 415, 401],
  listErasures: [401, 200, 401],
  getErasure: [401, 404, 401],
  noticePayment: [401, 401, 401],
};
/** What everybody may have. */
const FOR_ALL = [
  'getApiDocument',
  'getDocumentationPage',
  'getDocumentationFile',
  'getLiveness',
  'getReadiness',
  'getMetrics',
];

interface Operation {
  id: string;
  method: string;
  path: string;
}

/** Every route that was declared, as the service's own document has it. */
async function operationsOf({ call }: Pick<Stack, 'call'>): Promise<Operation[]> {
  const { paths = {} } = (await call('GET', '/openapi.json')).json as ApiDocument;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { operationId: string }>).map(([method, { operationId }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
    })),
  );
}

let day = 0;
const nextDay = () => `01-${String((day % 12) + 1).padStart(2, '0')}-${2030 + Math.floor(day++ / 12)}`;

/** Books as the client; returns the booking's id. */
async function bookForClient(stack: Stack): Promise<string> {
  const booked = await stack.book({ ...GUIDE_REQUEST, date: nextDay() }, as('client'));
  return booked.headers.get('location')?.replace('/bookings/', '') as string;
}

/** Calls a route about a booking of the client's. */
function callRoute(stack: Stack, { method, path, id }: Operation, booking: string, headers: Record<string, string>) {
  const filled = path.replace('{id}', booking).replace('{deliveryId}', 'none').replace('{file}', 'page.js');
  const body = id.startsWith('book') ? { ...GUIDE_REQUEST, date: nextDay() } : { payment_status: 'settled' };
  return stack.call(method, filled, id.startsWith('book') || id === 'noticePayment' ? body : undefined, headers);
}

function expectRefusal(reply: ApiReply): void {
  if (reply.status !== 401 && reply.status !== 403) return;
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const scheme = reply.status === 401 ? 'Bearer' : 'Bearer error="insufficient_scope"';
  expect(reply.headers.get('www-authenticate')).toBe(scheme);
  for (const token of Object.values(TOKENS)) expect(reply.text).not.toContain(token);
}

/** The statuses that each caller gets of each route that is not for all. */
async function matrixOf(stack: Stack, callers: ReadonlyArray<Record<string, string>>) {
  const matrix: Record<string, number[]> = {};
  for (const operation of await operationsOf(stack)) {
    const statuses: number[] = [];
    const one = operation.path.includes('{id}') ? await bookForClient(stack) : 'none';
    for (const headers of callers) {
      // A cancelled booking can be cancelled once more, which would hide who did not cancel it.
      const booking = operation.id === 'cancelBooking' ? await bookForClient(stack) : one;
      const reply = await callRoute(stack, operation, booking, headers);
      expectRefusal(reply);
      statuses.push(reply.status);
    }
    matrix[operation.id] = statuses;
  }
  return matrix;
}

describe('With an access file', () => {
  let stack: Awaited<ReturnType<typeof startGuardedStack>>;
  beforeAll(async () => {
    stack = await startGuardedStack({ serviceToken: SERVICE_TOKEN });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test('When everybody calls every route that is declared, Then each gets what is theirs and nothing else', {
    timeout: PATIENCE_MS,
  }, async () => {
    const callers = CALLERS.map((caller) => (caller === 'nobody' ? {} : as(caller)));
    const open = Object.fromEntries(FOR_ALL.map((id) => [id, callers.map(() => 200)]));

    expect(await matrixOf(stack, callers)).toEqual({ ...GUARDED, ...open });
  });
});

test('When the document names the tokens of a route, Then it says what they are', async () => {
  await using stack = await startGuardedStack();
  const { components, paths = {} } = (await stack.call('GET', '/openapi.json')).json as ApiDocument;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods as object));
  const named = new Set(operations.flatMap(({ security = [] }) => security.flatMap(Object.keys)));

  expect([...named].sort()).toEqual(['accessToken', 'operatorToken']);
  expect(Object.keys(components?.securitySchemes ?? {})).toEqual(expect.arrayContaining([...named]));
});

describe('Without an access file', () => {
  test('When everybody calls every route that is declared, Then booking is open and all else the operator’s', {
    timeout: PATIENCE_MS,
  }, async () => {
    await using stack = await startStack({ operatorToken: OPERATOR_TOKEN, serviceToken: SERVICE_TOKEN });
    const callers = [{}, { authorization: `Bearer ${OPERATOR_TOKEN}` }, as('wrong')];
    const open = Object.fromEntries(FOR_ALL.map((id) => [id, callers.map(() => 200)]));

    expect(await matrixOf(stack, callers)).toEqual({ ...OPEN, ...open });
  });
});
