import { type ApiReply, send } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYER, startPaymentService } from './payment-service.ts';

// Found nowhere but in the input under test, so that any echo of it shows.
const MARK = 'zq7x';
const { name: _name, ...withoutName } = PAYER;
const { cardNum: _cardNum, ...withoutCard } = PAYER;
const { amount: _amount, ...withoutAmount } = PAYER;

let service: Awaited<ReturnType<typeof startPaymentService>>;
beforeAll(async () => {
  service = await startPaymentService();
});
afterAll(() => service[Symbol.asyncDispose]());

function expectProblem(reply: ApiReply, status: number, code: string, neverShown: readonly string[] = []): void {
  expect([reply.status, reply.json?.code]).toEqual([status, code]);
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(reply.json.traceId).toMatch(/^[0-9a-f]{32}$/);
  const shown = reply.text.replace(reply.json.traceId, '');
  for (const value of [MARK, '\\u0000', 'at file', '.ts:', 'node_modules', ...neverShown]) {
    expect(shown).not.toContain(value);
  }
}

describe('POST /payment/makePayment', () => {
  const fields: Array<[string, object, string]> = [
    ['no name', withoutName, '/name'],
    ['no card', withoutCard, '/cardNum'],
    ['no amount', withoutAmount, '/amount'],
    ...[null, 17, true, [], {}].flatMap(
      (value): Array<[string, object, string]> => [
        [`a name that is ${JSON.stringify(value)}`, { ...PAYER, name: value }, '/name'],
        [`a card that is ${JSON.stringify(value)}`, { ...PAYER, cardNum: value }, '/cardNum'],
        [`an amount that is ${JSON.stringify(value)}`, { ...PAYER, amount: value }, '/amount'],
      ],
    ),
    ['an empty name', { ...PAYER, name: '' }, '/name'],
    ['a name of spaces', { ...PAYER, name: '   ' }, '/name'],
    ['a name of 101 characters', { ...PAYER, name: MARK.repeat(26).slice(0, 101) }, '/name'],
    ['a name with NUL', { ...PAYER, name: `${MARK}\0` }, '/name'],
    ['a name with a line feed', { ...PAYER, name: `${MARK}\n${MARK}` }, '/name'],
    ['a name with half a surrogate pair', { ...PAYER, name: `${MARK}\ud800` }, '/name'],
    ['a name with nothing to see', { ...PAYER, name: '\u200b\u3164' }, '/name'],
    ['a name with a card number', { ...PAYER, name: `${MARK} 4242 4242 4242 4242` }, '/name'],
    ['a card that is a number', { ...PAYER, cardNum: 4242424242424242 }, '/cardNum'],
    ['a card with letters', { ...PAYER, cardNum: `42424242${MARK}4242` }, '/cardNum'],
    ['a card of 6 digits', { ...PAYER, cardNum: '918273' }, '/cardNum'],
    ['a card of 20 digits', { ...PAYER, cardNum: '91827364554637281900' }, '/cardNum'],
    ['a card of 6 digits and a dash', { ...PAYER, cardNum: '918-273' }, '/cardNum'],
    ['a card that begins with a space', { ...PAYER, cardNum: ' 9182736' }, '/cardNum'],
    ['a card that ends with a dash', { ...PAYER, cardNum: '9182736-' }, '/cardNum'],
    ['a card with NUL', { ...PAYER, cardNum: '9182736\0' }, '/cardNum'],
    ['a card in other digits', { ...PAYER, cardNum: '٩١٨٢٧٣٦٤' }, '/cardNum'],
    ['a card and a token', { ...PAYER, paymentToken: MARK }, '/paymentToken'],
    ...[null, 17, true, [], '', `${MARK} ${MARK}`, `${MARK}\n`, `${MARK}\u00e9`, MARK.repeat(64)].map(
      (value): [string, object, string] => [
        `a token that is ${JSON.stringify(value)}`,
        { ...withoutCard, paymentToken: value },
        '/paymentToken',
      ],
    ),
    ...['9182736', '4929123456781234', '4929-1234-5678-1234'].map((value): [string, object, string] => [
      `a card number as its token, ${value}`,
      { ...withoutCard, paymentToken: value },
      '/paymentToken',
    ]),
    ...['0', '0.00', '-1.00', '1.001', '1e3', '1000000000000000', '1,00', '+1', '.5', '1.', ' 1', '01', 'NaN', ''].map(
      (amount): [string, object, string] => [`the amount "${amount}"`, { ...PAYER, amount }, '/amount'],
    ),
  ];

  test.each(fields)('When it has %s, Then it is 400 and names only that field', async (_what, body, pointer) => {
    const { cardNum, paymentToken } = body as { cardNum?: unknown; paymentToken?: unknown };
    const secrets = [cardNum, paymentToken].filter(Boolean);
    const reply = await service.pay(body);
    expectProblem(
      reply,
      400,
      'invalid_input',
      secrets.map((secret) => JSON.stringify(secret).replaceAll('"', '')),
    );
    expect(new Set(reply.json.errors.map((error: { pointer: string }) => error.pointer))).toEqual(new Set([pointer]));
    expect(reply.json.errors[0].message).toMatch(/^must /);
  });

  test('When it has neither card nor token and no name, Then it is told both at once', async () => {
    const { json } = await service.pay({ amount: '1.00' });
    expect(json.errors).toEqual([
      { pointer: '/name', message: 'must be a string' },
      { pointer: '/cardNum', message: 'must be given, or paymentToken in its place' },
    ]);
  });

  test.each([
    ['not JSON', `${MARK}`],
    ['truncated', `{"name":"${MARK}","cardNum":"4929123`],
    ['null', 'null'],
    ['a string', `"${MARK}"`],
    ['a number', '4929123456781234'],
    ['two documents', `{} {"${MARK}":1}`],
  ])('When the body is %s, Then it is 400', async (_what, body) => {
    const reply = await service.pay(body);
    expect(['malformed_json', 'invalid_input']).toContain(reply.json.code);
    expectProblem(reply, 400, reply.json.code, ['4929123']);
  });

  test.each([
    ['an array', '[]'],
    ['empty', ''],
    ['nested 5000 deep', `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ['hiding its members in __proto__', `{"__proto__":${JSON.stringify({ ...PAYER, name: MARK })}}`],
    ['hiding its members in constructor', `{"constructor":{"prototype":${JSON.stringify(PAYER)}}}`],
  ])('When the body is %s, Then it is 400', async (_what, body) => {
    const reply = await service.pay(body);
    expectProblem(reply, 400, reply.json.code, [PAYER.cardNum]);
    expect(Reflect.get({}, 'name')).toBeUndefined();
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/merge-patch+json', ''])(
    'When the media type is "%s", Then it is 415',
    async (mediaType) => {
      const reply = await service.pay(JSON.stringify(PAYER), undefined, { 'content-type': mediaType });
      expectProblem(reply, 415, 'unsupported_media_type', [PAYER.cardNum]);
    },
  );

  test('When the body has 16 KiB, Then it is read, and with one byte more it is 413', async () => {
    const frame = JSON.stringify({ ...PAYER, more: '' }).length;
    const bodyOf = (bytes: number) => JSON.stringify({ ...PAYER, more: MARK.repeat(5000).slice(0, bytes - frame) });
    expect((await service.pay(bodyOf(16 * 1024))).status).toBe(200);
    expectProblem(await service.pay(bodyOf(16 * 1024 + 1)), 413, 'body_too_large');
  });

  test('When name and amount are at their limits, Then it is 200', async () => {
    expect((await service.pay({ ...PAYER, name: 'ø'.repeat(100), amount: '999999999999.99' })).status).toBe(200);
    expect((await service.pay({ ...PAYER, amount: '0.01' })).status).toBe(200);
  });

  test.each(['two words', `${MARK}\u00e9`, 'k'.repeat(256), '""', `${MARK}-4242-4242-4242-4242`])(
    'When the Idempotency-Key is %j, Then it is 400',
    async (key) => {
      expectProblem(await service.pay(PAYER, key), 400, 'invalid_idempotency_key', ['kkk', 'two words']);
    },
  );

  test('When inputs were refused, Then none of them is in the ledger', async () => {
    const { items } = (await service.list('?limit=500')).json;
    expect(items.every((item: { payment_status: string }) => item.payment_status === 'settled')).toBe(true);
    expect(items).toHaveLength(3);
  });
});

describe('other routes', () => {
  test.each([
    ['GET', `/payment/payments?cursor=${MARK}`],
    ['GET', '/payment/payments?cursor=-1'],
    ['GET', '/payment/payments?limit=0'],
    ['GET', '/payment/payments?limit=501'],
    ['GET', `/payment/payments/${MARK}%00`],
    ['GET', `/payment/payments/${MARK.repeat(64)}`],
    ['GET', `/payment/payments/${MARK}-4242424242424242`],
    ['PUT', `/payment/refunds/${MARK}-4242-4242-4242-4242`],
    ['PUT', `/payment/refunds/${MARK}%20`],
    ['PUT', `/payment/refunds/${MARK}%C3%A9`],
  ])('When it is %s %s, Then it is 400', async (method, path) => {
    expectProblem(await send(service.url + path, method), 400, 'invalid_input');
  });

  test('When an unknown path holds a card number, Then the reply does not', async () => {
    expectProblem(await send(`${service.url}/payment/4929123456781234`, 'GET'), 404, 'not_found', ['4929123']);
  });
});
