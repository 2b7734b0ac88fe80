import type { Kysely } from 'kysely';
import { signalIn } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import type { SagaTables } from './tables.ts';
import type { Worker } from './worker.ts';

export interface SignalOptions<Tables> {
  /** A second event with the same key, for the same saga and name, has no effect. */
  dedupeKey?: string;
  /** Runs in the transaction that keeps the event, unless it was kept before. */
  inTransaction?(tables: Kysely<Tables>): Promise<void>;
}

/** What brings a saga an event. */
export function createSignal<Tables extends SagaTables>(surroundings: Surroundings, worker: Worker) {
  /**
   * Brings a saga an event that it waits for, or will wait for.
   *
   * @returns false where one with the same dedupe key came before
   * @throws SagaNotFound; NotPossible `saga_ended`
   */
  return async function signal(
    id: string,
    name: string,
    payload: unknown = null,
    { dedupeKey, inTransaction }: SignalOptions<Tables> = {},
  ): Promise<boolean> {
    const isNew = await surroundings.store.transaction(async (tables) => {
      const kept = await signalIn(tables, surroundings, { saga: id, name, payload, dedupeKey });
      if (kept) await inTransaction?.(tables as unknown as Kysely<Tables>);
      return kept;
    });
    if (isNew) await worker.claim(id);
    return isNew;
  };
}
