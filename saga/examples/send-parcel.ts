import { createLogger } from '@appointments/chassis';
import { openStore } from 'durable-store';
import { createSagaRunner, defineSaga, type SagaTables, sagasMigration } from '../src/index.ts';

/** What stands for two services; each call is addressed by a key of the caller's. */
export interface Services {
  stock: { take(key: string, article: string): Promise<number>; putBack(key: string): Promise<void> };
  courier: { book(key: string, address: string): Promise<string>; cancel(key: string): Promise<void> };
}

/** Sends a parcel; afterwards either both services know of it or neither does. */
export async function sendParcel(storeFile: string, { stock, courier }: Services, id: string) {
  const parcel = defineSaga('send-parcel', async (saga, { article, address }: { article: string; address: string }) => {
    const shelf = await saga.step('take', {
      run: () => stock.take(saga.id, article),
      undo: () => stock.putBack(saga.id),
    });
    const courierId = await saga.step('book', {
      run: () => courier.book(saga.id, address),
      undo: () => courier.cancel(saga.id),
    });
    return { shelf, courierId };
  });

  const database = await openStore<SagaTables>(`sqlite:${storeFile}`, { migrations: { '001-sagas': sagasMigration } });
  const logger = createLogger({ service: 'parcels', level: 'warn', format: 'json' });
  const runner = createSagaRunner({ database, sagas: [parcel], deadlineMs: 5_000, logger });
  await runner.open();

  const { ended } = await runner.start(parcel, id, { article: 'book', address: 'Main St. 1' }, { secret: null });
  const { status, result, failure } = await ended;

  await runner.close(1_000);
  await database.close();
  return { status, result, failure };
}
