import { expect, test } from 'vitest';
import { createRequestContext, runInRequestContext } from '../telemetry/request-context.ts';
import { Problem, problemDocument } from './problem.ts';
import { refusalReply } from './reply.ts';

test('When a problem is rendered, Then the document has its members in their order', () => {
  const problem = new Problem(409, 'no_slot', {
    detail: 'Nothing is free.',
    errors: [{ pointer: '/date', message: 'must be free' }],
    extensions: { hint: 'another day' },
    headers: { 'retry-after': '1' },
    cause: new Error('secret cause'),
  });
  const context = createRequestContext();

  const document = runInRequestContext(context, () => problemDocument(problem, '/things/:id'));

  expect(JSON.stringify(document)).toBe(
    JSON.stringify({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'Nothing is free.',
      instance: '/things/:id',
      code: 'no_slot',
      traceId: context.traceId,
      errors: [{ pointer: '/date', message: 'must be free' }],
      hint: 'another day',
    }),
  );
});

test('When a problem has no detail, Then the status phrase stands in for it', () => {
  expect(problemDocument(new Problem(404, 'not_found'), '/')).toMatchObject({
    title: 'Not Found',
    detail: 'Not Found',
  });
});

test('When a refusal becomes a reply to keep, Then it is the problem document with its headers', () => {
  const reply = refusalReply(new Problem(409, 'taken', { headers: { 'retry-after': '1' } }), '/x');

  expect(reply).toMatchObject({ status: 409, type: 'application/problem+json', headers: { 'retry-after': '1' } });
  expect(JSON.parse(reply.body)).toMatchObject({ code: 'taken', instance: '/x' });
});

test.each([new Problem(500, 'x'), new Problem(503, 'store_unavailable'), new Error('y'), 'text'])(
  'When the service itself failed, Then there is no reply to keep',
  (error) => {
    expect(() => refusalReply(error, '/')).toThrow(error as Error);
  },
);
