import type { Store } from 'durable-store';
import {
  type AnySaga,
  type ErrorOrigin,
  type Logger,
  openSagas,
  type Sagas,
  type SagasOptions,
  type SagaTables,
} from '../src/index.ts';
import { createMortalStore, type MortalStore, type MortalStoreOptions } from './mortal-store.ts';
import type { TestClock } from './test-clock.ts';

/** An error that nothing foresaw, and where it comes from. */
export interface UnexpectedError {
  readonly error: unknown;
  readonly origin: ErrorOrigin;
}

/** One process that runs sagas. */
export interface TestProcess<Tables extends SagaTables> extends Pick<MortalStore<Tables>, 'kill' | 'isDead'> {
  readonly sagas: Sagas<Tables>;
}

/** Opens a process, which recovers what the one before has left. */
export async function openProcess<Tables extends SagaTables>({
  clock,
  store,
  watch,
  ...rest
}: {
  clock: TestClock;
  store: Store<Tables>;
  watch: MortalStoreOptions['watch'];
  definitions: readonly AnySaga[];
  onError: NonNullable<SagasOptions<Tables>['onError']>;
  stuckAfterMs?: number;
  logger?: Logger;
}): Promise<TestProcess<Tables>> {
  const timers = clock.timersOfProcess();
  const mortal = createMortalStore(store, { watch, died: timers.drop });
  const sagas = await openSagas<Tables>({ ...rest, store: mortal.store, exclusive: true, now: clock.now, timers });
  return { kill: mortal.kill, isDead: mortal.isDead, sagas };
}
