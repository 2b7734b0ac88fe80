import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestLogger } from '../../testing/index.ts';
import { describeError } from './logger.ts';
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
    expect(line.replace(/"timestamp":"[^"]*"/, '').replaceAll(/\D/g, '').length).toBeLessThan(8);
  }
});

test('When a card number comes as a number, Then it is not written, and times and counts are', () => {
  const at = Date.now();

  const line = logged({ value: Number(CARD), big: BigInt(CARD), at, count: 12 });

  expect(line).not.toContain(CARD);
  expect(JSON.parse(line)).toMatchObject({ value: '[redacted]', big: '[redacted]', at, count: 12 });
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
    stack: expect.stringContaining('logger-redaction.test.ts'),
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
