import { randomUUID } from 'node:crypto';
import type { FailureTraits } from './errors.ts';
import { makeMove } from './make-move.ts';
import { cancelled } from './moves.ts';
import { hasOutcome, isEnded, type SagaRecord } from './record.ts';
import type { Surroundings } from './surroundings.ts';

/** The child saga is being rolled back: it is asked about again. */
class ChildNotEnded extends Error implements FailureTraits {
  override name = 'ChildNotEnded';
  readonly code = 'child_not_ended';
  readonly noSideEffect = true;
  readonly retryable = true;
}

/**
 * Undoes what a saga has done by starting another one: cancels that one, and sees that all of it is undone.
 *
 * @throws ChildNotEnded while it is not; NotPossible `past_pivot`
 */
export async function cancelChild(surroundings: Surroundings, parent: SagaRecord, child: string): Promise<void> {
  const entry = { id: randomUUID(), move: 'cancel', by: `saga ${parent.id}`, reason: null } as const;
  // One that failed by itself is rolled back already.
  const change = (record: SagaRecord, at: number) =>
    hasOutcome(record) && record.status !== 'completed' ? undefined : cancelled(record, at);
  const moved = await surroundings.store.transaction((tables) => makeMove(surroundings, tables, child, entry, change), {
    repeatable: true,
  });
  if (moved === 'quicker' || (moved && !isEnded(moved))) throw new ChildNotEnded('the child saga has not ended yet');
}
