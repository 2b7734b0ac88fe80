import { expect, test } from 'vitest';
import { createBookAppointment } from '../../appointment/src/book-appointment.ts';
import { BOOKING_STEPS } from '../../appointment/src/booking-steps.ts';
import { KEEPERS } from '../../appointment/src/peers.ts';
import { mountedRoutes } from '../../e2e/openapi/mounted-routes.ts';
import { CALLS } from '../../e2e/src/faults/fault-rules.ts';
import { BACKEND_NAMES } from '../../services.ts';

// Nothing of it is called: only what the saga declares is read.
const { steps } = createBookAppointment({ deadlineMs: 1, actionTimeoutMs: 1 } as never);
const EFFECTS = [...steps.values()].filter(({ undo }) => undo !== undefined);

test('When a service is called in a step, Then the step has words and a result, and says by whom it is done', () => {
  const services = new Set(Object.values(BOOKING_STEPS).map(({ service }) => service));

  expect(Object.keys(BOOKING_STEPS), 'appointment/src/booking-steps.ts: list the steps').toEqual(
    EFFECTS.map(({ name }) => name),
  );
  expect(services, 'appointment/src/book-appointment.ts: add the step').toEqual(new Set(BACKEND_NAMES));
});

test.each(BACKEND_NAMES)('When %s is called in a step, Then faults cut the call and its undo', async (name) => {
  const routes = await mountedRoutes(name);
  const calls = Object.values(CALLS).filter(({ peer }) => peer === name);
  const mounted = calls.filter(({ method, path }) => routes.some((route) => route.startsWith(`${method} ${path}`)));

  expect(mounted.map(({ method }) => method).sort(), `services.ts: add ${name}'s calls, by its routes`).toEqual([
    'POST',
    'PUT',
  ]);
});

test('When services keep something of a booking, Then the orchestrator has it erased and removed there', async () => {
  const routes = await Promise.all(BACKEND_NAMES.map(mountedRoutes));
  const keepers = BACKEND_NAMES.filter((name, index) => routes[index]?.includes(`POST /${name}/erasures`));

  expect([...KEEPERS].sort(), 'appointment/src/peers.ts: list them in KEEPERS').toEqual(keepers.sort());
});
