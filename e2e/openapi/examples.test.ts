import { describe, expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { operationsOf } from './api-model.ts';
import { exampleRequests } from './example-requests.ts';
import { createMisfits } from './misfits.ts';
import { startDocumented } from './services.ts';

describe.each(SERVICE_NAMES)('the examples of the %s service', (name) => {
  test('When each is sent, Then it gets the status it says, and a reply that fits the document', async () => {
    await using service = await startDocumented(name);
    const misfits = createMisfits(service.document);
    const outcomes: string[] = [];
    const examples = operationsOf(service.document).flatMap((each) => exampleRequests(each, service.authorized));
    for (const { title, request, status } of examples) {
      const reply = await service.send(request);
      // A booking's id is the only one for which the document cannot have a valid example.
      const due = title.includes('{id}') ? 404 : (status ?? 200);
      const wrong = [
        ...(reply.status === due ? [] : [`${reply.status} instead of ${due}`]),
        ...misfits(request, reply),
      ];
      outcomes.push(...wrong.map((misfit) => `${title}: ${misfit}`));
    }
    expect(outcomes).toEqual([]);
    expect(examples.length).toBeGreaterThan(5);
  });
});
