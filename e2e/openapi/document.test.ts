import type { ApiDocument } from '@appointments/chassis';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { operationsOf } from './api-model.ts';
import { schemaMisfits } from './misfits.ts';
import { documentOf, mountedRoutes } from './mounted-routes.ts';

/** Every example of a reply, with the schema beside it. */
function replyExamples(document: ApiDocument) {
  return operationsOf(document).flatMap(({ method, path, responses }) =>
    Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.values(content).flatMap(({ schema, example, examples = {} }) => {
        const values = [
          ...(example === undefined ? [] : [example]),
          ...Object.values(examples).map(({ value }) => value),
        ];
        return values.map((value) => ({ where: `${method} ${path} ${status}`, schema, value }));
      }),
    ),
  );
}

describe.each(SERVICE_NAMES)('the document of the %s service', async (name) => {
  const document = await documentOf(name);

  test('When it is validated, Then it is OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document) as never);
    expect({ valid, errors, version: validator.version }).toEqual({ valid: true, errors: undefined, version: '3.1' });
  });

  test('When it is compared with the routes of the app, Then both have the same routes', async () => {
    const documented = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    const mounted = (await mountedRoutes(name)).filter((route) => !/^\w+ \/console\b/.test(route));
    expect(documented.toSorted()).toEqual(mounted.toSorted());
  });

  test('When a reply has examples, Then they fit its schema', () => {
    const examples = replyExamples(document);
    expect(examples.length).toBeGreaterThan(20);
    const misfits = examples.flatMap(({ where, schema, value }) =>
      schemaMisfits(schema, value).map((misfit) => `${where} ${misfit}`),
    );
    expect(misfits).toEqual([]);
  });

  test('When a body has examples, Then they fit its schema', () => {
    const misfits = operationsOf(document).flatMap(({ method, path, requestBody }) => {
      const bodies = Object.values(requestBody?.content ?? {});
      return bodies.flatMap(({ schema, examples }) =>
        Object.entries(examples).flatMap(([example, { value }]) =>
          schemaMisfits(schema, value).map((misfit) => `${method} ${path} ${example} ${misfit}`),
        ),
      );
    });
    expect(misfits).toEqual([]);
  });

  test('When a route is open to everyone, Then the document says so', () => {
    const unsaid = operationsOf(document).filter(({ security }) => !Array.isArray(security));
    expect(unsaid.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test('When operations are named, Then each has a name of its own', () => {
    const names = Object.values(document.paths ?? {}).flatMap((item) =>
      Object.values(item).map(({ operationId }: { operationId: string }) => operationId),
    );
    expect(names).toEqual([...new Set(names)]);
    expect(names.every(Boolean)).toBe(true);
  });
});
