import type { AnySaga, SagaDefinition, SagaRecord } from '../src/index.ts';
import { insertSaga } from '../src/log.ts';
import { sagasIn } from '../src/tables.ts';
import { instrument } from './instrument.ts';
import { overWorld } from './test-sagas.ts';
import { openWorld } from './world.ts';

/** Why a replay would not go on. */
export interface ReplayProblem {
  readonly code: string;
  readonly step: string | null;
  readonly error?: unknown;
}

/**
 * Replays a saga's function along its log, by the engine itself over a store in memory. Steps that the log does not have
 * the end of are begun and never end; undos do nothing; no time goes by.
 *
 * @returns undefined where the function gets as far as the log goes
 */
export async function replayStoredLog(
  definition: SagaDefinition,
  record: SagaRecord,
): Promise<ReplayProblem | undefined> {
  const { onOutcome, onEnd, onRemove, ...rest } = definition;
  const idle = instrument(rest as unknown as AnySaga, async () => null);
  const world = await openWorld({ definitions: [idle], now: record.updatedAt });
  const sagas = overWorld(world);
  try {
    for (const step of idle.steps.values()) {
      world.faults.hang(step, { part: 'run' });
      world.faults.hang(step, { part: 'recover' });
    }
    const due: SagaRecord = { ...record, status: 'pending', dueAt: sagas.now(), wakeAt: null, worker: null };
    await world.store.transaction((tables) => insertSaga(sagasIn(tables), due));
    await sagas.advance(0);
    return problemOf(record, await sagas.log(record.id), sagas.errors[0]?.error);
  } finally {
    await sagas.close();
  }
}

function problemOf(before: SagaRecord, after: SagaRecord, error: unknown): ReplayProblem | undefined {
  const because = error === undefined ? {} : { error };
  if (after.reason && after.status === 'stuck') return { ...after.reason, ...because };
  if (after.goal === 'complete' || !after.failure) return undefined;
  const { step, code } = after.failure;
  // A failure that the log had already would have rolled it back in any case.
  if (before.steps.some(({ name, status }) => name === step && (status === 'failed' || status === 'unknown'))) return;
  return { code, step, ...because };
}
