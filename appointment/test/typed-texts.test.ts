import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectProblem, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

test.each([
  ['an escape', (text: string) => text.replaceAll('\ufffd', '\\ufffd')],
  ['bytes', (text: string) => text],
])('When a name has the replacement character as %s, Then it is booked under that name', async (_how, write) => {
  const body = write(JSON.stringify({ ...GUIDE_REQUEST, name: 'A\ufffdB', date: '01-02-2030' }));
  const reply = await stack.book(body);
  expect([reply.status, reply.json.patient_name]).toEqual([200, 'A\ufffdB']);
});

test.each(['4242424242424242', '4242-4242-4242-4242', 'key 4242'])(
  'When the Idempotency-Key is %s, Then 400',
  async (key) => {
    const reply = await stack.book(GUIDE_REQUEST, { 'idempotency-key': key });
    expectProblem(reply, 400, 'invalid_idempotency_key', ['4242']);
  },
);

test.each(['application/json;charset=utf8', 'application/json;odata=verbose', 'application/json; profile="x"'])(
  'When the media type is %s, Then it is read',
  async (type) => {
    const reply = await stack.book({ ...GUIDE_REQUEST, doctor: 'Nobody' }, { 'content-type': type });
    expect(reply.status).toBe(404);
  },
);

test('When the request and trace ids are card numbers, Then others stand in for them, and no log has them', async () => {
  const traceparent = `00-${'0'.repeat(16)}4242424242424242-4242424242424242-01`;
  const headers = { 'x-request-id': '4242-4242-4242-4242', traceparent };
  const reply = await stack.book({ ...GUIDE_REQUEST, date: '02-02-2030' }, headers);
  expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  expect(reply.text + JSON.stringify([...reply.headers]) + stack.lines.join()).not.toMatch(/4242-?4242/);
});

test.each(['JOHN\u00a0 doe', 'Ｊｏｈｎ Ｄｏｅ', 'john\u200b doe', 'John–Doe'])(
  'When the doctor is typed as %j, Then it is John Doe, unless it is another name',
  async (doctor) => {
    const { json } = await stack.book({ ...GUIDE_REQUEST, doctor, date: '03-02-2030' });
    expect(json.doctor_name).toBe(doctor === 'John–Doe' ? undefined : 'John Doe');
  },
);
