import type { Kysely } from 'kysely';
import { awaitedEvents } from './awaited-events.ts';
import { LEASE_MS } from './claims.ts';
import type { SagaDefinition } from './definition.ts';
import { LeaseLost, SagaMisuse } from './errors.ts';
import { consumeEvents, listOpenEvents } from './events.ts';
import { findWritten, insertSaga, updateSaga } from './log.ts';
import { isEnded, type SagaRecord } from './record.ts';
import type { RunWrite } from './run-write.ts';
import type { Writing } from './surroundings.ts';
import type { SagaTables } from './tables.ts';
import { tellMilestones } from './tell-milestones.ts';

// A lease that was written within this time is left as it is: its column is in an index.
const FRESH_LEASE_MS = 500;

/** Thrown where the id is taken; the saga that has it is left alone. */
export class IdTaken extends Error {
  override name = 'IdTaken';
}

/**
 * Writes what a run has changed, in one transaction with what belongs to it: the caller's rows, the events that were
 * taken, the outcome and the end. Where the answer to a commit is lost, the next try recognises what is on disk.
 *
 * @returns the record as it is on disk now
 * @throws LeaseLost where the saga is another run's; IdTaken; SagaMisuse `id_taken` where a child's is; what the caller's
 * hooks and the store throw
 */
export function writeRun(
  surroundings: Writing,
  definition: SagaDefinition,
  { before, staged, consumed, children, beginning }: RunWrite,
): Promise<SagaRecord> {
  let tries = 0;
  const write = async (tables: Kysely<SagaTables>): Promise<SagaRecord> => {
    tries += 1;
    const after = stamp(surroundings, { before, staged, beginning });
    const isWritten = await (beginning ? insertSaga(tables, after) : updateSaga(tables, before, after));
    if (!isWritten) {
      const written = tries > 1 ? await findWritten(tables, after) : undefined;
      if (written) return written;
      throw beginning ? new IdTaken() : new LeaseLost();
    }
    await beginning?.inTransaction(tables as unknown as Kysely<never>, after);
    if (consumed.length > 0) await consumeEvents(tables, consumed);
    for (const child of children) {
      if (!(await insertSaga(tables, child))) throw new SagaMisuse('id_taken', `another saga has the id ${child.id}`);
    }
    await tellMilestones(surroundings, tables, definition, before, after);
    return after.status === 'waiting' ? wakeIfEventCame(surroundings, tables, after) : after;
  };
  return surroundings.store.transaction(write, { repeatable: true });
}

/** The record with the times of the writing, as late as they are known: the store may have had to be waited for. */
export function stamp(
  { clock, worker }: Pick<Writing, 'clock' | 'worker'>,
  { before, staged, beginning }: Pick<RunWrite, 'before' | 'staged' | 'beginning'>,
): SagaRecord {
  const revision = beginning ? before.revision : before.revision + 1;
  const updatedAt = clock.now();
  if (isEnded(staged)) return { ...staged, revision, updatedAt, dueAt: null, wakeAt: null, worker: null };
  if (staged.worker === null) return { ...staged, revision, updatedAt };
  const leaseUntil = updatedAt + LEASE_MS;
  const isFresh = staged.dueAt !== null && leaseUntil - staged.dueAt < FRESH_LEASE_MS;
  return { ...staged, revision, updatedAt, dueAt: isFresh ? staged.dueAt : leaseUntil, worker };
}

/** An event that came after the function had looked for it wakes the saga at once. */
async function wakeIfEventCame(
  { clock }: Pick<Writing, 'clock'>,
  tables: Kysely<SagaTables>,
  parked: SagaRecord,
): Promise<SagaRecord> {
  const awaited = awaitedEvents(parked.steps);
  const open = awaited.size === 0 ? [] : await listOpenEvents(tables, parked.id);
  if (!open.some(({ name }) => awaited.has(name))) return parked;
  const due = { ...parked, dueAt: clock.now(), revision: parked.revision + 1 };
  if (!(await updateSaga(tables, parked, due))) throw new LeaseLost();
  return due;
}
