import type { Kysely } from 'kysely';
import type { SagaDefinition } from './definition.ts';
import { removeSagas } from './removal.ts';
import { ENDED_STATUSES } from './status.ts';
import type { Surroundings } from './surroundings.ts';
import type { SagaTables } from './tables.ts';
import type { Timer } from './timers.ts';

const BATCH = 100;
const SWEEP_EVERY_MS = 60_000;

/** Removes sagas that ended long enough ago, in small batches, each with the caller's own rows in one transaction. */
export function createRetention({ store, clock, logger }: Surroundings, definitions: readonly SagaDefinition[]) {
  const limited = definitions.filter(({ retentionMs }) => retentionMs !== undefined);
  let timer: Timer | undefined;
  let removing: Promise<void> | undefined;
  let isClosing = false;

  /** @returns how many sagas went */
  async function removeBatch(definition: SagaDefinition): Promise<number> {
    const { name, version, retentionMs = 0, onRemove } = definition;
    return store.transaction(async (tables: Kysely<SagaTables>) => {
      const rows = await tables
        .selectFrom('sagas')
        .select('id')
        .where('name', '=', name)
        .where('version', '=', version)
        .where('status', 'in', ENDED_STATUSES)
        .where('updated_at', '<', clock.now() - retentionMs)
        .limit(BATCH)
        .forUpdate()
        .skipLocked()
        .execute();
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return 0;
      await onRemove?.(tables as unknown as Kysely<unknown>, ids);
      await removeSagas(tables, ids);
      return ids.length;
    });
  }

  /** Removes all that is old enough. */
  async function removeEnded(): Promise<void> {
    for (const definition of limited) {
      while (!isClosing && (await removeBatch(definition)) === BATCH);
    }
  }

  function sweep(): void {
    removing = removeEnded()
      .catch((error: unknown) => logger.warn('removing old sagas failed', { error }))
      .finally(() => {
        if (!isClosing) timer = clock.poll(SWEEP_EVERY_MS, sweep).unref();
      });
  }

  return {
    open: (): void => {
      if (limited.length > 0) sweep();
    },
    removeEnded,
    async close(): Promise<void> {
      isClosing = true;
      timer?.cancel();
      await removing;
    },
  };
}
