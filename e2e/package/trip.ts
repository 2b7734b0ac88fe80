import type { SagaTables } from 'durable-saga';
import { defineSaga, defineStep, openSagas, Refusal, refused, type StepCall, sagaMigrations } from 'durable-saga';
import { openStore } from 'durable-store';

type Trip = { who: string };
const [command = '', id = '', services = ''] = process.argv.slice(2);

async function call(method: string, what: string, key: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${services}/${what}/${encodeURIComponent(key)}`, { method, signal });
  if (response.status === 409) throw new Refusal(await response.text());
  if (response.ok) return response.text();
  throw Object.assign(new Error(), { code: 'unavailable', noSideEffect: false, retryable: true });
}

const booking = (what: string, options: { pivot?: true } = {}) =>
  defineStep(what, {
    run: ({ id, signal }: StepCall<Trip>) => call('PUT', what, id, signal),
    undo: ({ id, signal }) => call('DELETE', what, id, signal),
    ...options,
  });
const [flight, hotelA, hotelB, car] = [booking('flight'), booking('hotel-a'), booking('hotel-b'), booking('car')];
const [spa, ticket, guide] = [booking('spa'), booking('ticket', { pivot: true }), booking('guide')];
const mail = defineStep('mail', { run: ({ id, signal }: StepCall<Trip>) => call('PUT', 'mail', id, signal) });

const tour = defineSaga('tour', { steps: [guide], run: (saga, trip: Trip) => saga.step(guide, trip) });
const trip = defineSaga('trip', {
  steps: [flight, hotelA, hotelB, car, spa, ticket, mail],
  async run(saga, input: Trip) {
    const seat = await saga.step(flight, input);
    const room = await saga.step(hotelA, input).catch(refused('full', () => saga.step(hotelB, input)));
    const extras = await Promise.all([saga.step(car, input), saga.step(spa, input)]);
    await saga.sleep('cool off', '2s');
    const { by } = await saga.waitFor<{ by: string }>('approval', { timeout: '7d' });
    const number = await saga.step(ticket, input);
    await saga.step(mail, input);
    return { seat, room, extras, by, number, tour: await saga.child(tour, input) };
  },
});

const store = await openStore<SagaTables>('sqlite:trips.db', { migrations: sagaMigrations });
const definitions = command === 'run' ? [trip, tour] : [];
const sagas = await openSagas({ store, definitions, recover: command === 'run' });
if (command === 'run') {
  const handle = await sagas.start(trip, { id, input: { who: 'Ann' } });
  console.log((await handle.rested()).status);
  const { completed, result, failure } = await handle.outcome();
  console.log(JSON.stringify({ completed, result, failure }));
  await new Promise((stop) => process.once('SIGTERM', stop));
}
if (command === 'approve') await sagas.signal(id, 'approval', { by: 'Bob' }, { dedupeKey: 'click-1' });
if (command === 'cancel') await sagas.cancel(id, { by: 'Ann', reason: 'ill' });
await sagas.close({ graceMs: 1_000 });
await store.close();
