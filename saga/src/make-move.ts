import type { Kysely } from 'kysely';
import { NotPossible } from './errors.ts';
import { findSaga, writeMove } from './log.ts';
import { isEnded, type Move, type SagaRecord } from './record.ts';
import type { Surroundings } from './surroundings.ts';
import type { SagaTables } from './tables.ts';
import { isMilestone, tellMilestones } from './tell-milestones.ts';

/**
 * Makes a move, in a transaction of the caller's, with its entry in the saga's history. It takes the saga from the run that
 * holds it, and makes it due at once.
 *
 * @param change undefined where nothing is to be done
 * @returns the saga as it is then, `quicker` where its run wrote in between; undefined for an unknown id
 * @throws what `change` throws; NotPossible `definition_unknown` where it makes an outcome final, or ends the saga, and this
 * process was not given the definition
 */
export async function makeMove(
  surroundings: Surroundings,
  tables: Kysely<SagaTables>,
  id: string,
  entry: Omit<Move, 'at'>,
  change: (record: SagaRecord, at: number) => SagaRecord | undefined,
): Promise<SagaRecord | undefined | 'quicker'> {
  const before = await findSaga(tables, id, { forUpdate: true });
  // The commit of an earlier try went through, and its answer was lost.
  if (!before || before.history.some((earlier) => earlier.id === entry.id)) return before;
  const at = surroundings.clock.now();
  const changed = change(before, at);
  if (!changed) return before;
  const isAtRest = isEnded(changed) || changed.status === 'paused';
  const after: SagaRecord = {
    ...changed,
    fence: before.fence + 1,
    revision: before.revision + 1,
    updatedAt: at,
    dueAt: isAtRest ? null : at,
    wakeAt: null,
    worker: null,
    history: [...before.history, { ...entry, at }],
  };
  if (!(await writeMove(tables, before, after))) return 'quicker';
  if (isMilestone(before, after)) {
    const definition = surroundings.definitions.find(after.name, after.version);
    if (!definition) throw new NotPossible(after.status, 'definition_unknown');
    await tellMilestones(surroundings, tables, definition, before, after);
  }
  return after;
}
