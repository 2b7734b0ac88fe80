import { expect, test } from 'vitest';
import {
  createRequestContext,
  labelRequest,
  outgoingContextHeaders,
  parseTraceparent,
  requestContext,
  runInRequestContext,
} from './request-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test.each([`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`, `cc-${TRACE}-${SPAN}-01-what-the-future-brings`])(
  'When the traceparent is %s, Then the trace goes on with a span of our own',
  (traceparent) => {
    const context = createRequestContext({ traceparent });

    expect(context.traceId).toBe(TRACE);
    expect(context.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(context.spanId).not.toBe(SPAN);
  },
);

test.each([
  '',
  'garbage',
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE}-${SPAN}-01.`,
  `cc-${TRACE}-${SPAN}-01.`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
])('When the traceparent is %j, Then a new trace begins', (traceparent) => {
  const { traceId } = createRequestContext({ traceparent });

  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(traceId.toLowerCase()).not.toContain(TRACE.slice(1));
});

test.each([
  `${'0'.repeat(16)}4242424242424242`,
  `4242424242424242${'0'.repeat(16)}`,
  `${'0'.repeat(17)}378282246310005`,
])('When the trace id %s is a card number, Then a new trace begins', (traceId) => {
  expect(parseTraceparent(`00-${traceId}-${SPAN}-01`)).toBeUndefined();
  expect(createRequestContext({ traceparent: `00-${traceId}-${SPAN}-01` }).traceId).not.toBe(traceId);
});

test.each([
  `4bf92f4242424242424242ce929d0e0e`,
  `${'0'.repeat(16)}4242424242424243`,
  `${'0'.repeat(16)}42424242424242ab`,
])('When the trace id %s only has digits in it, Then the trace goes on', (traceId) =>
  expect(parseTraceparent(`00-${traceId}-${SPAN}-01`)).toEqual({ traceId, spanId: SPAN }),
);

test('When the span id is a card number, Then the trace goes on below another', () => {
  const parent = parseTraceparent(`00-${TRACE}-4242424242424242-01`);

  expect(parent).toEqual({ traceId: TRACE, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(parent?.spanId).not.toBe('4242424242424242');
});

test.each([
  'a',
  '0198c5a0-42424242-4242-4242-4242-424242424242',
  'order-20261127-42',
  'req-1',
  'A.b:c@d/e+f_g',
  'x'.repeat(128),
])('When the request id is %j, Then it is kept', (requestId) => {
  expect(createRequestContext({ requestId }).requestId).toBe(requestId);
});

test.each([
  '4242424242424242',
  'card:4242-4242-4242-4242',
  '',
  'x'.repeat(129),
  'a b',
  'a\nb',
  '<script>',
  'ü',
  '{}',
  'a;b',
])('When the request id is %j, Then the trace id stands in for it', (requestId) => {
  const context = createRequestContext({ requestId });

  expect(context.requestId).toBe(context.traceId);
});

test('When a peer is called inside a request, Then it gets the trace, our span and the request id', () => {
  const context = createRequestContext({ traceparent: `00-${TRACE}-${SPAN}-01`, requestId: 'req-1' });

  expect(runInRequestContext(context, outgoingContextHeaders)).toEqual({
    traceparent: `00-${TRACE}-${context.spanId}-01`,
    'x-request-id': 'req-1',
  });
});

test('When there is no request, Then there is no context, no header and nothing to label', () => {
  labelRequest('name', 'value');

  expect(requestContext()).toBeUndefined();
  expect(outgoingContextHeaders()).toEqual({});
});
