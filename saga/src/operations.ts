import { randomUUID } from 'node:crypto';
import { NotPossible } from './errors.ts';
import { makeMove } from './make-move.ts';
import { cancelled, paused, resumed, retried } from './moves.ts';
import type { Move, SagaRecord } from './record.ts';
import { type Resolution, resolved } from './resolution.ts';
import type { Surroundings } from './surroundings.ts';
import { tellEvent } from './tell-event.ts';
import type { Worker } from './worker.ts';

/** Who makes a move, and why; kept in the saga's history. */
export interface Mover {
  by: string;
  reason?: string;
}

// Each round takes the saga from a run that was quicker; a run writes a few times a second at most.
const MAX_ROUNDS = 20;

/**
 * Operators' moves. Each is one transaction, with its entry in the saga's history; it takes the saga from the worker that
 * runs it, whose run ends without another write. Then this process runs the saga, or another one that was given it.
 */
export function createOperations(surroundings: Surroundings, worker: Worker) {
  /** @returns the saga as the move left it, or as it was where nothing was to be done; undefined for an unknown id */
  async function move(
    id: string,
    entry: Omit<Move, 'id' | 'at' | 'by' | 'reason'>,
    { by, reason }: Mover,
    change: (record: SagaRecord, at: number) => SagaRecord | undefined,
  ): Promise<SagaRecord | undefined> {
    const moveId = randomUUID();
    const made = { ...entry, id: moveId, by, reason: reason ?? null };
    for (let round = 1; ; round += 1) {
      const moved = await surroundings.store.transaction((tables) => makeMove(surroundings, tables, id, made, change), {
        repeatable: true,
      });
      if (moved === 'quicker' && round < MAX_ROUNDS) continue;
      if (moved === 'quicker') throw new NotPossible('pending', 'too_busy');
      if (moved?.history.at(-1)?.id === moveId) await handOver(surroundings, worker, moved);
      return moved;
    }
  }

  return {
    /**
     * Rolls a saga back that is pending or has completed; does nothing for one that was cancelled before.
     *
     * @throws NotPossible `past_pivot`; `wrong_status` for one that is being rolled back, or has been;
     * `definition_unknown` where that makes its outcome final, or ends it, and this process was not given its definition
     */
    cancel: (id: string, mover: Mover) => move(id, { move: 'cancel' }, mover, cancelled),
    /**
     * Runs a stuck saga at once.
     *
     * @throws NotPossible for any other state
     */
    retry: (id: string, mover: Mover) => move(id, { move: 'retry' }, mover, retried),
    /**
     * Keeps a saga from being run until it is resumed. Events for it are kept.
     *
     * @throws NotPossible for one that has ended
     */
    pause: (id: string, mover: Mover) => move(id, { move: 'pause' }, mover, paused),
    /** @throws NotPossible for one that is not paused */
    resume: (id: string, mover: Mover) => move(id, { move: 'resume' }, mover, resumed),
    /**
     * Settles by hand what no retry can: a step of a saga that is stuck or paused, or a wait, such as one that timed out past
     * the pivot.
     *
     * @throws NotPossible `step_unknown`, `step_settled`, `saga_ended`; `wrong_status` for a step that the saga still tries
     */
    resolve(id: string, { by, reason, ...resolution }: Resolution & Mover) {
      const { step, key, as } = resolution;
      const entry = { move: 'resolve', step, ...(key !== undefined && { key }), as } as const;
      const mover = { by, ...(reason !== undefined && { reason }) };
      return move(id, entry, mover, (record, at) => resolved(record, resolution, at));
    },
  };
}

/** Ends the run that had the saga, where it is of this process, and runs it from where the move has put it. */
async function handOver(surroundings: Surroundings, worker: Worker, record: SagaRecord): Promise<void> {
  const { id, name, version, status } = record;
  tellEvent(surroundings, record, { kind: 'saga', status });
  const run = worker.find(id);
  // A run that has claimed the saga since then is not the one that the move took it from.
  if (run && run.record.fence < record.fence) run.supersede();
  if (record.dueAt !== null && surroundings.definitions.find(name, version)) await worker.claim(id, true);
}
