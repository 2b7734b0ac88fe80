import { respondJson, startStubServer, waitUntil } from '@appointments/chassis/testing';
import type { Middleware } from 'koa';
import { describe, expect, test } from 'vitest';
import { expectFailure, PATIENCE_MS, startStack } from './appointment-stack.ts';
import { neverRespond, reset, respond, truncate } from './interferences.ts';

// The last second of it is for the response: with less, a busy machine gives outcome_unknown.
const DEADLINE_MS = 4_000;
// Room for a machine that does many things at once.
const BUSY_MACHINE_MS = 2_500;
const TIMES = { bookingDeadlineMs: DEADLINE_MS, stepTimeoutMs: 400 };
const SETTLED = { payment_status: 'settled', payment_id: '00000000-0000-4000-8000-000000000000' };
const CONFIRMATION = {
  appointmentId: '77',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
};
const TWO_MEGABYTES = JSON.stringify({ ...SETTLED, ...CONFIRMATION, fee: '1.00', more: 'x'.repeat(2 * 1024 * 1024) });

const misbehaviours: Array<[what: string, how: Middleware]> = [
  ['responds 500', respond(500, '{"message":"zq7x"}')],
  ['responds 502 with HTML', respond(502, '<html>zq7x</html>', { 'content-type': 'text/html' })],
  ['responds 503 with Retry-After', respond(503, '{}', { 'retry-after': '120' })],
  ['responds 429', respond(429, '{}', { 'retry-after': '120' })],
  ['responds 401', respond(401, '{}', { 'www-authenticate': 'Bearer' })],
  ['responds 200 with HTML', respond(200, '<html>zq7x</html>', { 'content-type': 'text/html' })],
  ['responds 200 with null', respond(200, 'null')],
  ['responds 200 with an array', respond(200, '[]')],
  ['responds 200 of the wrong shape', respond(200, JSON.stringify({ ...CONFIRMATION, payment_status: 'settled' }))],
  ['responds 200 with the wrong types', respond(200, JSON.stringify({ appointmentId: 1, payment_status: 1 }))],
  ['truncates its JSON', truncate('{"appointmentId":"77","payment_status":"sett')],
  ['responds 200 with half the JSON', respond(200, '{"appointmentId":"77","payment_status":"sett')],
  ['responds 200 with nothing', respond(200, '')],
  ['responds 2 MB', respond(200, TWO_MEGABYTES)],
  ['hangs up', reset],
  ['never responds', neverRespond],
];

describe.concurrent.each(['reservation', 'payment'] as const)('%s', (name) => {
  test.each(misbehaviours)(
    'When it %s, Then it is 503 by the deadline and undone once it is well',
    async (_what, how) => {
      await using stack = await startStack(TIMES);
      stack[name].interfere(how);
      const began = performance.now();
      const reply = await stack.book();
      expectFailure(reply, 503);
      expect(performance.now() - began).toBeLessThan(DEADLINE_MS + BUSY_MACHINE_MS);
      expect(reply.text + stack.lines.join()).not.toContain('zq7x');
      stack[name].interfere(undefined);
      const hasEnded = async () => /^(failed|compensated)$/.test((await stack.booking(reply)).status);
      await waitUntil('it has ended', hasEnded, PATIENCE_MS);
      expect(await stack.kept()).toEqual({ slots: [], charges: [] });
    },
  );

  test('When it refuses connections, Then it is 503 by the deadline, and undone once it is back', async () => {
    await using stack = await startStack(TIMES);
    await stack[name].goDown();
    const reply = await stack.book();
    expectFailure(reply, 503);
    await stack[name].comeBack();
    const hasEnded = async () => /^(failed|compensated)$/.test((await stack.booking(reply)).status);
    await waitUntil('it has ended', hasEnded, PATIENCE_MS);
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });

  test.each([302, 307])('When it redirects with %d, Then nobody goes there', async (status) => {
    await using elsewhere = await startStubServer((_request, response) =>
      respondJson(response, 200, { ...SETTLED, ...CONFIRMATION, fee: '1.00', status: 'cancelled' }),
    );
    await using stack = await startStack(TIMES);
    stack[name].interfere(respond(status, '', { location: `${elsewhere.url}/reservation/createAppointment` }));
    expectFailure(await stack.book(), 503);
    expect(stack[name].posts().length).toBeGreaterThan(0);
    expect(elsewhere.requests).toEqual([]);
  });
});
