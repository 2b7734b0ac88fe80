import { expect, test } from 'vitest';
import { createBookAppointment } from '../../appointment/src/book-appointment.ts';
import { sayStep } from '../../appointment/src/console/pages/plain-words.ts';
import { resolutionBody } from '../../appointment/src/schema.ts';
import { CALLS } from '../../e2e/src/faults/fault-rules.ts';
import { BACKEND_NAMES } from '../../services.ts';

// Nothing of it is called: only what the saga declares is read.
const { steps } = createBookAppointment({ deadlineMs: 1, actionTimeoutMs: 1 } as never);
const EFFECTS = [...steps.values()].filter(({ undo }) => undo !== undefined);

test('When a service is called in a step, Then the step has words for people and says by whom it is done', () => {
  const services = new Set(EFFECTS.map(({ name }) => sayStep(name).service));

  expect(services, 'appointment/src/console/pages/plain-words.ts: add the step').toEqual(new Set(BACKEND_NAMES));
});

test.each(EFFECTS)('When the step $name is settled by hand as done, Then its result is asked for', ({ name }) => {
  const { success } = resolutionBody.safeParse({ step: name, outcome: 'done', result: {}, reason: 'By hand.' });

  expect(success, `appointment/src/schema.ts: add ${name} to RESULTS`).toBe(false);
});

test.each(BACKEND_NAMES)('When %s is called in a step, Then faults cut the call and its undo', (name) => {
  const methods = Object.values(CALLS).filter(({ peer }) => peer === name);

  expect(methods.map(({ method }) => method).sort(), `e2e/src/faults/fault-rules.ts: add ${name}'s calls`).toEqual([
    'POST',
    'PUT',
  ]);
});
