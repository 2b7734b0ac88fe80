import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createTestLogger } from '../../testing/index.ts';
import { createLogger } from './logger.ts';
import { createRequestContext, labelRequest, runInRequestContext } from './request-context.ts';

test('When a line is written, Then it is one JSON object with time, level, service, message and details', () => {
  const { logger, lines } = createTestLogger();

  logger.info('order\nplaced', { count: 3, nested: { ok: true } });

  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: 'info',
    service: 'test',
    message: 'order\nplaced',
    count: 3,
    nested: { ok: true },
  });
});

test('When a line is written inside a request, Then it carries its ids and labels, and outside it does not', () => {
  const { logger, lines } = createTestLogger();
  const context = createRequestContext({ requestId: 'req-7' });

  runInRequestContext(context, () => {
    labelRequest('reference', 'ref-9');
    logger.info('inside');
  });
  logger.info('outside');

  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    requestId: 'req-7',
    traceId: context.traceId,
    reference: 'ref-9',
  });
  expect(Object.keys(JSON.parse(lines[1] ?? ''))).toEqual(['timestamp', 'level', 'service', 'message']);
});

test('When two requests overlap, Then each line has the ids of its own', async () => {
  const { logger, lines } = createTestLogger();
  const request = (requestId: string) =>
    runInRequestContext(createRequestContext({ requestId }), async () => {
      await Promise.resolve();
      logger.info(requestId);
    });

  await Promise.all(['a', 'b', 'c'].map(request));

  const pairs = lines.map((line) => JSON.parse(line)).map(({ requestId, message }) => [requestId, message]);
  expect(pairs.sort()).toEqual([
    ['a', 'a'],
    ['b', 'b'],
    ['c', 'c'],
  ]);
});

test('When a level is below the configured one, Then nothing is written', () => {
  const stream = new PassThrough();
  const logger = createLogger({ service: 'quiet', level: 'warn', stream });

  logger.info('not this');
  logger.warn('but this');

  expect(JSON.parse(String(stream.read()))).toMatchObject({ message: 'but this', service: 'quiet' });
});

test('When nobody wants a line, Then nothing is made of its details', () => {
  const logger = createLogger({ service: 'quiet', level: 'warn', stream: new PassThrough() });
  const details = {
    get read() {
      throw new Error('was read');
    },
  };

  expect(() => logger.info('not this', details)).not.toThrow();
  expect(() => logger.warn('but this', details)).toThrow('was read');
});

test('When the format is pretty, Then a line reads as text and is still redacted', () => {
  const { logger, lines } = createTestLogger('pretty');

  runInRequestContext(createRequestContext(), () => {
    logger.warn('peer slow', { ms: 12.5, cardNum: '4929123456781234', peer: { name: 'x' } });
  });

  expect(lines).toEqual([
    expect.stringMatching(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}test: peer slow ms=12\.5 cardNum=\[redacted\] peer=\{"name":"x"\}$/,
    ),
  ]);
});

test('When an error is logged in the pretty format, Then its message and stack are readable', () => {
  const { logger, lines } = createTestLogger('pretty');

  logger.error('it broke', { error: new TypeError('no such thing') });

  expect(lines[0]).toContain('error test: it broke');
  expect(lines[0]).toContain('TypeError: no such thing');
  expect(lines[0]).toContain('logger.test.ts');
});

test('When the message says what a field says, Then the pretty line says it once', () => {
  const { logger, lines } = createTestLogger('pretty');

  logger.info('step pay done', { kind: 'step', step: 'pay', status: 'done', attempts: 2 });

  expect(lines[0]).toMatch(/ info {2}test: step pay done attempts=2$/);
});
