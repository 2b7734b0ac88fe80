import { send } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOOKING_PATH, expectProblem, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';

// Found nowhere but in the input under test, so that any echo of it shows.
const MARK = 'zq7x';
const CARD = '91827364554637281';
const LIMIT_BYTES = 16 * 1024;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const MEMBERS = ['name', 'doctor', 'date', 'cardNum'] as const;
type Row = [what: string, body: object, pointer: string];

const without = (member: string) => Object.fromEntries(Object.entries(GUIDE_REQUEST).filter(([key]) => key !== member));
const rows = (member: string, values: Record<string, unknown>): Row[] =>
  Object.entries(values).map(([what, value]) => [what, { ...GUIDE_REQUEST, [member]: value }, `/${member}`]);

const missingOrOfAnotherType = MEMBERS.flatMap((member): Row[] => [
  [`no ${member}`, without(member), `/${member}`],
  ...[null, 17, true, [], {}, [MARK]].map(
    (value): Row => [`${JSON.stringify(value)} as ${member}`, { ...GUIDE_REQUEST, [member]: value }, `/${member}`],
  ),
]);

const texts = ['name', 'doctor'].flatMap((member) =>
  rows(member, {
    [`an empty ${member}`]: '',
    [`a ${member} of spaces`]: '  ',
    [`a ${member} of 101 characters`]: MARK.repeat(26).slice(0, 101),
    [`a ${member} with NUL`]: `${MARK}\0`,
    [`a ${member} with a line feed`]: `${MARK}\n${MARK}`,
    [`a ${member} with half a surrogate pair`]: `${MARK}\ud800`,
    [`a ${member} with nothing to see`]: '\u200b\u3164',
    [`a ${member} with a card number`]: `${MARK} 4242 4242 4242 4242`,
    [`a ${member} with a card number in other digits`]: `${MARK} ４２４２４２４２４２４２４２４２`,
  }),
);

const dates = [
  '30-02-2026',
  '31-04-2026',
  '29-02-2027',
  '2026-01-01',
  '1-1-2026',
  '01/01/2026',
  '00-01-2026',
  '01-13-2026',
  MARK,
];
const cards = {
  'a card that is a number': Number('4929123456781'),
  'a card with letters': `${CARD}${MARK}`,
  'a card of 6 digits': '918273',
  'a card of 20 digits': '91827364554637281900',
  'a card of 6 digits and a dash': '918-273',
  'a card that ends with a dash': '91827364-',
  'a card that begins with a space': ' 91827364',
  'a card with NUL': '91827364\0',
  'a card in other digits': '٩١٨٢٧٣٦٤',
};

describe('POST /doctorAppoinment/reservation', () => {
  test.each([
    ...missingOrOfAnotherType,
    ...texts,
    ...rows('date', Object.fromEntries(dates.map((date) => [`the date ${date}`, date]))),
    ...rows('cardNum', cards),
  ])('When it has %s, Then it is 400 and names that field alone', async (_what, body, pointer) => {
    const reply = await stack.book(body);
    const value = (body as Record<string, unknown>)[pointer.slice(1)];
    expectProblem(reply, 400, 'invalid_input', [MARK, ...(/\d{5}|\d-\d/.test(String(value)) ? [String(value)] : [])]);
    const pointers = reply.json.errors.map((error: { pointer: string }) => error.pointer);
    expect(new Set(pointers)).toEqual(new Set([pointer]));
    expect(reply.json.errors[0].message).toMatch(/^must /);
  });

  test('When everything is wrong, Then every field is named at once', async () => {
    const reply = await stack.book({ name: '', doctor: 1, date: MARK });
    expectProblem(reply, 400, 'invalid_input', [MARK]);
    expect(reply.json.errors.map((error: { pointer: string }) => error.pointer)).toEqual(
      MEMBERS.map((member) => `/${member}`),
    );
  });

  test.each([
    ['not JSON', MARK],
    ['truncated', `{"name":"${MARK}","cardNum":"${CARD}`],
    ['null', 'null'],
    ['an array', '[]'],
    ['an array of bookings', JSON.stringify([{ ...GUIDE_REQUEST, name: MARK }])],
    ['an empty string', '""'],
    ['a string', `"${MARK}"`],
    ['a number', CARD],
    ['empty', ''],
    ['two documents', `{} {"${MARK}":1}`],
    ['nested 5000 deep', `{"name":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['an array 8000 deep', '['.repeat(8_000) + ']'.repeat(8_000)],
    ['hiding its members in __proto__', `{"__proto__":${JSON.stringify({ ...GUIDE_REQUEST, name: MARK })}}`],
    ['hiding its members in constructor', `{"constructor":{"prototype":${JSON.stringify(GUIDE_REQUEST)}}}`],
  ])('When the body is %s, Then it is 400', async (_what, body) => {
    const reply = await stack.book(body);
    expect(['malformed_json', 'invalid_input']).toContain(reply.json?.code);
    expectProblem(reply, 400, reply.json.code, [MARK, CARD, GUIDE_REQUEST.cardNum]);
    expect(Reflect.get({}, 'name')).toBeUndefined();
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'application/jsonp', ''])(
    'When the media type is "%s", Then it is 415',
    async (type) => {
      const reply = await stack.book(GUIDE_REQUEST, { 'content-type': type });
      expectProblem(reply, 415, 'unsupported_media_type', [GUIDE_REQUEST.name]);
    },
  );

  test('When the body is one byte too long, Then it is 413', async () => {
    const body = JSON.stringify({ ...GUIDE_REQUEST, doctor: 'Nobody', more: '' });
    const fill = (bytes: number) => body.replace('""}', `"${'x'.repeat(bytes - body.length)}"}`);
    expectProblem(await stack.book(fill(LIMIT_BYTES + 1)), 413, 'body_too_large', ['xxx']);
    expect((await stack.book(fill(LIMIT_BYTES))).status).toBe(404);
  });

  test('When texts have 100 characters, Then they are acceptable', async () => {
    const letters = '𝒜'.repeat(100);
    const reply = await stack.book({ ...GUIDE_REQUEST, name: ` ${letters} `, doctor: letters });
    expect([reply.status, reply.json.name, reply.json.doctor]).toEqual([404, letters, letters]);
  });
});

describe('every route', () => {
  test.each([
    ['GET', BOOKING_PATH, 'POST'],
    ['PUT', '/doctorAppointment/reservation', 'POST'],
    ['DELETE', '/bookings', 'HEAD, GET'],
    ['POST', '/bookings/some-id', 'HEAD, GET'],
    ['POST', '/bookings/some-id/cancellation', 'PUT'],
    ['GET', '/bookings/some-id/retry', 'POST'],
  ])('When it is %s %s, Then it is 405 with Allow', async (method, path, allow) => {
    const reply = await stack.call(method, path);
    expectProblem(reply, 405, 'method_not_allowed');
    expect(reply.headers.get('allow')).toBe(allow);
  });

  test.each(['/', `/${MARK}`, `${BOOKING_PATH}/${MARK}`, `/doctorAppoinment/${CARD}`, '/bookings/a/b/c', '//'])(
    'When the path is %s, Then it is 404',
    async (path) => {
      for (const method of ['GET', 'POST'])
        expectProblem(await stack.call(method, path), 404, 'not_found', [MARK, CARD]);
    },
  );

  test.each([`/bookings/${MARK}`, '/bookings/%00', '/bookings/%2e%2e', '/bookings/%f0', '/bookings/%zz'])(
    'When the booking is %s, Then it is refused',
    async (path) => {
      const reply = await stack.call('GET', path);
      expect([400, 404]).toContain(reply.status);
      expectProblem(reply, reply.status, reply.json?.code, [MARK]);
    },
  );

  test('When the idempotency key is not acceptable, Then it is 400 and names the header', async () => {
    for (const key of ['', '""', 'with space', 'x'.repeat(256), 'schl\u00fcssel']) {
      const reply = await stack.book(GUIDE_REQUEST, { 'idempotency-key': key });
      expectProblem(reply, 400, 'invalid_idempotency_key', key.length > 2 ? [key] : []);
      expect(reply.json.errors[0].pointer).toBe('Idempotency-Key');
    }
  });

  test('When all that is over, Then nothing but the two unknown doctors was asked for', async () => {
    expect(stack.reservation.requests.map(({ status }) => status)).toEqual([404, 404]);
    expect(stack.payment.requests).toEqual([]);
    expect((await send(`${stack.url()}/livez`, 'GET')).status).toBe(200);
    for (const text of [MARK, CARD]) expect(stack.lines.filter((line) => line.includes(text))).toEqual([]);
  });
});
