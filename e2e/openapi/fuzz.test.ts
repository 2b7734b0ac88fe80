import type { RawReply } from '@appointments/chassis/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { operationsOf } from './api-model.ts';
import { fuzzRequests } from './fuzz-requests.ts';
import { createMisfits } from './misfits.ts';
import { type DocumentedService, startDocumented } from './services.ts';

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const REQUESTS_PER_SERVICE = Number(process.env.FUZZ_REQUESTS ?? 500);

describe.each(SERVICE_NAMES)('the %s service', (name) => {
  let service: DocumentedService;
  beforeAll(async () => {
    service = await startDocumented(name);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  test(`When it gets any request (FUZZ_SEED=${SEED}), Then it never fails, and every reply is documented`, async () => {
    const misfits = createMisfits(service.document);
    const operations = operationsOf(service.document);
    const statuses = new Map<number, number>();
    const requests = fc.oneof(
      ...operations.map((operation) => ({
        // Most failures need a body.
        weight: operation.requestBody ? 6 : 1,
        arbitrary: fuzzRequests(operation, service.authorized),
      })),
    );
    const property = fc.asyncProperty(requests, async (request) => {
      const reply: RawReply = await service.send(request);
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
      expect(misfits(request, reply), reply.text.slice(0, 500)).toEqual([]);
      expect(reply.status).not.toBe(500);
    });
    await fc.assert(property, { seed: SEED, numRuns: REQUESTS_PER_SERVICE });
    const alive = await service.send({ method: 'GET', path: '/readyz' });
    expect(alive.status).toBe(200);
    const counts = [...statuses].sort().map(([status, count]) => `${count} × ${status}`);
    process.stdout.write(`${name}: ${REQUESTS_PER_SERVICE} requests, FUZZ_SEED=${SEED}: ${counts.join(', ')}\n`);
  });
});
