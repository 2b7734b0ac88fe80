import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { bookingBody } from '../../appointment/src/schema.ts';
import { paymentRequest } from '../../payment/src/schema.ts';
import { appointmentRequest } from '../../reservation/src/schema.ts';
import { SERVICE_NAMES, type ServiceName } from '../../services.ts';
import { type JsonSchema, operationsOf } from './api-model.ts';
import { fitting } from './fuzz-requests.ts';
import { schemaMisfits } from './misfits.ts';
import { documentOf } from './mounted-routes.ts';
import { oddText, oddValue } from './odd-values.ts';

const BODIES: Array<[string, ServiceName, z.ZodObject]> = [
  ['POST /doctorAppoinment/reservation', 'appointment', bookingBody],
  ['POST /reservation/createAppointment', 'reservation', appointmentRequest],
  ['POST /payment/makePayment', 'payment', paymentRequest],
];

test('When a service is listed, Then what it is sent is among these', () => {
  expect(new Set(BODIES.map(([, service]) => service)), 'e2e/openapi/wire-form.test.ts').toEqual(
    new Set(SERVICE_NAMES),
  );
});

async function documentedFields([route, service]: (typeof BODIES)[number]): Promise<Record<string, JsonSchema>> {
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

test.each(BODIES)(
  'When values of any kind are put into %s, Then document and service agree on each',
  async (...body) => {
    const [, , schema] = body;
    for (const [name, documented] of Object.entries(await documentedFields(body))) {
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
