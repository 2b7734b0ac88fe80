import type { Migration, Store } from 'durable-store';
import { defineSaga, defineStep, type Sagas, type SagaTables, type StepCall } from '../../src/index.ts';

export interface Tables extends SagaTables {
  orders: { id: string; article: string };
}

export const ordersMigration: Migration = {
  up: (db) => db.schema.createTable('orders').addColumn('id', 'text').addColumn('article', 'text').execute(),
};

/** Declares what is published of an order. */
export function definePublication(publish: (id: string, article: string, signal: AbortSignal) => Promise<void>) {
  const announce = defineStep('announce', {
    run: ({ id, input, signal }: StepCall<{ article: string }>) => publish(id, input.article, signal),
    pivot: true, // without an undo it is never given up, whatever it throws but a refusal
  });
  return defineSaga('publication', {
    steps: [announce],
    run: (saga, { article }: { article: string }) => saga.step(announce, { article }),
  });
}

/** Writes an order down and has it published: both, or neither. It neither calls a broker nor waits for one. */
export function placeOrder(
  { store, sagas, publication }: Outbox,
  { id, article }: { id: string; article: string },
): Promise<boolean> {
  return store.transaction(async (tables) => {
    await tables.insertInto('orders').values({ id, article }).execute();
    return sagas.startIn(tables, publication, { id: `publication of ${id}`, input: { article } });
  });
}

export interface Outbox {
  store: Store<Tables>;
  sagas: Sagas<Tables>;
  publication: ReturnType<typeof definePublication>;
}
