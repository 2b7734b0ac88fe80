import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestLogger } from '../../testing/index.ts';
import { describeError, redactText } from './redaction.ts';
import { createRequestContext, labelRequest, runInRequestContext } from './request-context.ts';

const CARD = '4929123456781234';

function logged(details: Record<string, unknown>, message = 'm') {
  const { logger, lines } = createTestLogger();
  logger.info(message, details);
  return lines.join('\n');
}

test.each([
  'cardNum',
  'cardnum',
  'CARDNUM',
  'card',
  'cardNumber',
  'card_number',
  'pan',
  'cvc',
  'authorization',
  'Authorization',
  'cookie',
  'set-cookie',
  'token',
  'serviceToken',
  'OPERATOR_TOKEN',
  'clientSecret',
  'password',
  'body',
  'rawBody',
  'json',
  'options',
  'apiKey',
  'API_KEY',
  'x-api-key',
  'stripeApiKey',
  'secretAccessKey',
  'privateKey',
  'connectionString',
  'connection_string',
  'credentials',
  'passphrase',
  'PGPASSWORD',
  'dbPwd',
  'proxy-authorization',
  'csrf',
])('When a member is called %s, Then its value is not written, at any depth', (key) => {
  const line = logged({ [key]: 'short-1', deep: [{ [key]: { inner: 'short-2' } }] });

  expect(line).not.toContain('short-');
  expect(line.match(/\[redacted\]/g)).toHaveLength(2);
});

test.each([
  CARD,
  '4929 1234 5678 1234',
  '4929-1234-5678-1234',
  '4929  1234 - 5678--1234',
  '4929.1234.5678.1234',
  `0000000000000000${CARD}`,
  `${CARD}567890`,
  '1234567890123',
  '123456789012',
  '4929/1234/5678/1234',
  '4929%201234%205678%201234',
  '4929+1234+5678+1234',
  '4929%2D1234%2d5678%2F1234',
  '4929\u00a01234\u202f5678\u20091234',
  '4929\u200b1234\u00ad5678\u20601234',
  '4929–1234—5678‑1234',
  '４９２９１２３４５６７８１２３４',
  '４９２９　１２３４　５６７８　１２３４',
  '٤٩٢٩١٢٣٤٥٦٧٨١٢٣٤',
  '५६७८ ५६७८ ५६७८',
  '1234567890123456789',
  `paid with ${CARD}, thanks`,
  `"cardNum":"${CARD}"`,
  `card${CARD}x`,
  `/path/${CARD}-1`,
])('When a value, a message or a name holds %j, Then the digits are not written', (text) => {
  for (const line of [
    logged({ note: text }),
    logged({ list: [[text]] }),
    logged({}, text),
    logged({ [text]: 1, a: { [text]: 1 } }),
  ]) {
    expect(line).toContain('[redacted]');
    expect(line.replace(/"timestamp":"[^"]*"/, '').replaceAll(/\P{Nd}/gu, '').length).toBeLessThan(8);
  }
});

test('When a card number comes as a number, Then it is not written, and times and counts are', () => {
  const at = Date.now();

  const line = logged({ value: Number(CARD), big: BigInt(CARD), at, count: 12 });

  expect(line).not.toContain(CARD);
  expect(JSON.parse(line)).toMatchObject({ value: '[redacted]', big: '[redacted]', at, count: 12 });
});

test('When numbers of 12 digits come as numbers, Then only times stay', () => {
  const values = [123_456_789_012, 4_929_123_456_781n, -4_929_123_456_781, 1_000_000_000_001, 99_999_999_999, 1.5, -3];

  const { list, times } = JSON.parse(logged({ list: values, times: [Date.UTC(2001, 9), Date.UTC(2033, 0)] }));

  expect(list).toEqual([
    ...['[redacted]', '[redacted]', '[redacted]'],
    ...[1_000_000_000_001, 99_999_999_999, 1.5, -3],
  ]);
  expect(times).toEqual([Date.UTC(2001, 9), Date.UTC(2033, 0)]);
});

test.each([
  ['postgres://u:pw@db:5432/x', 'postgres://[redacted]@db:5432/x'],
  ['connect to postgres://u:p@ss@db failed', 'connect to postgres://[redacted]@db failed'],
  ['https://tok@git.example/x@y', 'https://[redacted]@git.example/x@y'],
  ['redis://:pw@cache', 'redis://[redacted]@cache'],
  ['a http://h/x, b http://u:pw@h', 'a http://h/x, b http://[redacted]@h'],
  ['authorization Bearer abc.def-1', 'authorization Bearer [redacted]'],
  ['Basic dTpwdw==', 'Basic [redacted]'],
  ['Host=db;Password=pw;Port=1', 'Host=db;Password=[redacted];Port=1'],
  ['host=db password=pw', 'host=db password=[redacted]'],
  ["password='p w' x", 'password=[redacted] x'],
  ['/x?api_key=pw&y=1', '/x?api_key=[redacted]&y=1'],
  ['?access_token=pw#a', '?access_token=[redacted]'],
  ['{"apiKey":"p w","a":1}', '{"apiKey":[redacted],"a":1}'],
  ['{"clientSecret": "pw"}', '{"clientSecret": [redacted]}'],
])('When a text is %j, Then it is logged as %j', (text, redacted) => expect(redactText(text)).toBe(redacted));

test.each([
  'http://127.0.0.1:8081/reservation',
  'connect ECONNREFUSED 192.168.100.200:5432',
  'from 10.20.30.40 to 192.168.101.102',
  '2026-11-27T04:43:20.123Z',
  '2026-11-27 04:43:20.123',
  'between 2026-11-27T04:43:20.123Z and 2026-11-28T04:43:20.123Z',
  '0198c5a0-1234-7123-8123-123456789012',
  'mail to ann@example.org',
  'at file:///app/chassis/src/http/fields.ts:123:45',
  'When the token is missing',
  'retry 3 of 10 in 12345678901 ms',
  '30-09-2019 3.00pm',
])('When a text is %j, Then it is logged as it is', (text) => expect(redactText(text)).toBe(text));

test.each([
  '1 '.repeat(8),
  `${'1'.repeat(11)}x`.repeat(4_000),
  `1${' '.repeat(50_000)}x`,
  '://'.repeat(20_000),
  `://${'a'.repeat(50_000)}`,
  '"'.repeat(60_000),
  `password${' '.repeat(50_000)}`,
  'password="'.repeat(5_000),
  'Bearer '.repeat(8_000),
  'a'.repeat(50_000),
  '%20'.repeat(40_000),
])('When a long text is made to be slow, Then it is looked through all the same: %#', (text) => {
  expect(redactText(text)).toBeTypeOf('string');
});

test('When a detail has the name of a field that every line has, Then its digits are not written either', () => {
  for (const name of ['service', 'requestId', 'traceId', 'timestamp'])
    expect(logged({ [name]: CARD })).not.toContain(CARD);
});

test('When ids are written, Then they survive, whatever digits they are made of', () => {
  const uuidOfDigits = '12345678-1234-4234-8234-123456789012';
  const hexDigits = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });

  expect(JSON.parse(logged({ id: uuidOfDigits, text: `booking ${uuidOfDigits} done` }))).toMatchObject({
    id: uuidOfDigits,
    text: `booking ${uuidOfDigits} done`,
  });
  fc.assert(fc.property(hexDigits, (traceId) => JSON.parse(logged({ traceId })).traceId === traceId));
  fc.assert(fc.property(fc.uuid(), (id) => JSON.parse(logged({ id })).id === id));
  expect(logged({ id: randomUUID() })).not.toContain('redacted');
});

test('When a client sends a card number as its request id or reference, Then the lines do not have it', () => {
  const { logger, lines } = createTestLogger();

  runInRequestContext(createRequestContext({ requestId: CARD }), () => {
    labelRequest('reference', CARD);
    logger.info('hello');
  });

  expect(lines[0]).not.toContain(CARD);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ requestId: '[redacted]', reference: '[redacted]' });
});

/** Looks like got's HTTPError: the request's options and the reply hang off it as plain members. */
class HttpErrorLike extends Error {
  override name = 'HTTPError';
  code = 'ERR_NON_2XX_3XX_RESPONSE';
  options = { json: { cardNum: '1234567' } };
  request = { payload: '{"cardNum":"1234567"}' };
  response = { text: 'card 1234567' };
}

/** What koa-bodyparser throws: the parser's message quotes the text, and the whole of it is a member. */
function bodyParserError(): Error {
  const text = '{"cardNum":"1234567","a":x}';
  try {
    return JSON.parse(text);
  } catch (error) {
    return Object.assign(error as Error, { status: 400, body: text });
  }
}

test.each([
  ['an HTTP client error', () => new HttpErrorLike('Request failed')],
  ['a body parser error', bodyParserError],
  ['an error with a cause', () => new Error('outer', { cause: new HttpErrorLike('inner') })],
  ['a parser error as a cause', () => new Error('outer', { cause: bodyParserError() })],
])('When %s is logged in whatever way, Then nothing of the request is written', (_what, make) => {
  const { logger, lines } = createTestLogger();

  logger.error('failed', { error: make() });
  logger.error('failed', make());
  logger.error(make());
  logger.log('error', 'failed', { deep: { error: make() } });

  expect(lines).toHaveLength(4);
  for (const line of lines) {
    expect(line).not.toMatch(/4567|cardNum|payload/);
    expect(line).toContain('"stack"');
    expect(JSON.parse(line)).toMatchObject({ level: 'error', service: 'test' });
  }
});

test('When an error is described, Then it has the allowed members and no more', () => {
  const error = Object.assign(new Error('outer', { cause: 'text' }), { code: 'E_X', status: 418, extra: 1 });

  expect(describeError(error)).toEqual({
    name: 'Error',
    message: 'outer',
    code: 'E_X',
    status: 418,
    stack: expect.stringContaining('redaction.test.ts'),
    cause: { message: 'a thrown string' },
  });
});

test('When an error is its own cause, Then it is still described', () => {
  const error = new Error('round');
  error.cause = error;

  expect(describeError(error)).toMatchObject({ message: 'round', cause: { message: 'round' } });
});

test('When an entry is deep, wide or points to itself, Then it is still one line', () => {
  const own: Record<string, unknown> = { cardNum: CARD };
  own.self = own;

  const line = logged({ own, date: new Date(0), nothing: null });

  expect(line).not.toContain(CARD);
  expect(JSON.parse(line)).toMatchObject({ date: '1970-01-01T00:00:00.000Z', nothing: null });
});
