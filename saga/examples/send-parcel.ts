import { openStore } from 'durable-store';
import { defineSaga, defineStep, openSagas, type SagaTables, type StepCall, sagaMigrations } from '../src/index.ts';

/** Stands for two services; each call is addressed by a key that the caller chooses. */
export interface Services {
  stock: { take(key: string, article: string): Promise<number>; putBack(key: string): Promise<void> };
  courier: { book(key: string, address: string): Promise<string>; cancel(key: string): Promise<void> };
}

/** Declares the saga: once it has ended, both services know of the parcel or neither does. */
export function defineParcel({ stock, courier }: Services) {
  const take = defineStep('take', {
    run: ({ id, input }: StepCall<{ article: string }>) => stock.take(id, input.article),
    undo: ({ id }) => stock.putBack(id),
  });
  const book = defineStep('book', {
    run: ({ id, input }: StepCall<{ address: string }>) => courier.book(id, input.address),
    undo: ({ id }) => courier.cancel(id),
  });
  return defineSaga('send-parcel', {
    steps: [take, book],
    async run(saga, { article, address }: { article: string; address: string }) {
      const shelf = await saga.step(take, { article });
      const courierId = await saga.step(book, { address });
      return { shelf, courierId };
    },
  });
}

/** Sends one parcel and returns how that ended. */
export async function sendParcel(storeUrl: string, services: Services, id: string) {
  const parcel = defineParcel(services);
  const store = await openStore<SagaTables>(storeUrl, { migrations: sagaMigrations });
  const sagas = await openSagas({ store, definitions: [parcel] });

  const handle = await sagas.start(parcel, { id, input: { article: 'book', address: 'Main St. 1' } });
  const { completed, result, failure } = await handle.outcome();

  await sagas.close({ graceMs: 1_000 });
  await store.close();
  return { completed, result, failure };
}
