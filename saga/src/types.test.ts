import { openStore, type Store } from 'durable-store';
import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import {
  defineSaga,
  defineStep,
  openSagas,
  refused,
  type Saga,
  type SagaTables,
  type StepCall,
  sagaMigrations,
} from './index.ts';

// What these tests show is shown by the compiler: each `@ts-expect-error` is an error where the line below it compiles.

interface Trip {
  who: string;
}

interface Tables extends SagaTables {
  seats: { id: string };
}

const flight = defineStep('flight', {
  run: async ({ input }: StepCall<Trip>) => ({ seat: input.who.length }),
  undo: async ({ result }) => result?.seat.toFixed(),
});
const pay = defineStep('pay', {
  run: async ({ input, secret }: StepCall<{ fee: string }, string>) => `${input.fee} of ${secret.value.length}`,
});
const mail = defineStep('mail', { run: async ({ id }) => void id });

const openTestStore = (): Promise<Store<Tables>> =>
  openStore('memory:', {
    migrations: {
      ...sagaMigrations,
      seats: { up: (db) => db.schema.createTable('seats').addColumn('id', 'text').execute() },
    },
  });

test('When steps and function are annotated at their inputs only, Then results, outcome and start are typed', async () => {
  const trip = defineSaga('trip', {
    steps: [flight, pay, mail],
    async run(saga, { who }: Trip) {
      const { seat } = await saga.step(flight, { who }).catch(refused('full', async () => ({ seat: 0 })));
      const [receipt] = await Promise.all([saga.step(pay, { fee: '1' }), saga.step(mail, null)]);
      // @ts-expect-error the fee is a string
      if (who === '') await saga.step(pay, { fee: 1 });
      return { next: seat + 1, receipt: receipt.trim() };
    },
    async onOutcome(tables: Kysely<Tables>, outcome) {
      if (outcome.completed) await tables.insertInto('seats').values({ id: outcome.result.receipt }).execute();
    },
  });
  const store = await openTestStore();
  const sagas = await openSagas({ store, definitions: [trip] });

  const handle = await sagas.start(trip, { id: 'trip-1', input: { who: 'Ann' }, secret: 'card' });
  // @ts-expect-error the name is a string
  await sagas.start(trip, { id: 'trip-1', input: { who: 1 } });
  const { result } = await handle.outcome();

  const next: number | undefined = result?.next;
  expect(next).toBe(4);
  expect(await store.read.selectFrom('seats').selectAll().execute()).toEqual([{ id: '1 of 4' }]);
  await sagas.close();
  await store.close();
});

test('When a value is no JSON, Then it does not compile', () => {
  // @ts-expect-error a Date is no JSON
  defineStep('now', { run: async () => ({ at: new Date() }) });
  // @ts-expect-error nor is one in an input
  defineStep('later', { run: async ({ input }: StepCall<{ at: Date }>) => input.at.getTime() });
  // @ts-expect-error nor is a bigint in what a saga takes
  defineSaga('big', { steps: [], run: async (_saga, input: { fee: bigint }) => String(input.fee) });
  // @ts-expect-error nor in what it returns
  defineSaga('bigger', { steps: [], run: async () => ({ fee: 1n }) });
});

test('When a function says what an event brings, Then that may be an interface, and must be JSON', () => {
  const awaitTrip = async (saga: Saga) => {
    const { who } = await saga.waitFor<Trip>('trip', { timeout: '1d' });
    const later = await saga.waitFor<{ when: Date }>('later', { timeout: '1d' });
    // @ts-expect-error a Date is no JSON
    return [who, later.when];
  };
  expect(awaitTrip.name).toBe('awaitTrip');
});

test('When a function says what its secret is, Then its steps and its start are held to that', () => {
  const trip = defineSaga('trip', {
    steps: [pay],
    run: (saga: Saga<string>, { who }: Trip) => saga.step(pay, { fee: who }),
  });
  // @ts-expect-error the step reads a string
  const wrong = defineSaga('trip', { steps: [pay], run: (saga: Saga<number>) => saga.step(pay, { fee: '1' }) });
  const start = (sagas: Awaited<ReturnType<typeof openSagas>>) =>
    // @ts-expect-error the secret is a string
    sagas.start(trip, { input: { who: 'Ann' }, secret: 1 });
  expect([wrong.name, start.name]).toEqual(['trip', 'start']);
});
