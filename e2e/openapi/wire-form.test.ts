import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { SERVICE_NAMES, type ServiceName } from '../../services.ts';
import { type JsonSchema, operationsOf } from './api-model.ts';
import { fitting } from './fuzz-requests.ts';
import { schemaMisfits } from './misfits.ts';
import { documentedOf, documentOf } from './mounted-routes.ts';
import { oddText, oddValue } from './odd-values.ts';

async function documentedFields(service: ServiceName, route: string): Promise<Record<string, JsonSchema>> {
  const operation = operationsOf(await documentOf(service)).find(({ method, path }) => `${method} ${path}` === route);
  return operation?.requestBody?.content['application/json']?.schema.properties ?? {};
}

// The document says these in words.
const BEYOND_PATTERNS = new Set([
  'must be a day that exists',
  'must have a visible character',
  'must not contain a card number',
]);

/** Whether the validating schema takes a value; undefined where no pattern can tell. */
function isAccepted(schema: z.ZodType, value: unknown): boolean | undefined {
  const { success, error } = schema.safeParse(value);
  return error?.issues.some(({ message }) => BEYOND_PATTERNS.has(message)) ? undefined : success;
}

const around = (text: string) => fc.tuple(fc.constantFrom('', ' ', '\n\t', '\u00a0', '\ufeff'), fc.constant(text));

test.each(SERVICE_NAMES)(
  'When values of any kind are put into the body that %s is sent, Then document and service agree on each',
  async (service) => {
    const { route, schema } = (await documentedOf(service)).body;
    const fields = await documentedFields(service, route);
    expect(Object.keys(fields).toSorted(), route).toEqual(Object.keys(schema.shape).toSorted());
    for (const [name, documented] of Object.entries(fields)) {
      const validating = schema.shape[name] as z.ZodType;
      const spaced = fc.oneof(oddText, fitting(documented).map(String)).chain(around);
      const values = fc.oneof(
        fitting(documented),
        oddValue,
        spaced.map(([space, text]) => space + text + space),
      );
      const agree = fc.property(values, (value) => {
        const accepted = isAccepted(validating, value);
        if (accepted !== undefined) expect(schemaMisfits(documented, value).length === 0, name).toBe(accepted);
      });
      fc.assert(agree, { numRuns: 500 });
    }
  },
);
