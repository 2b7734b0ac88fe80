import type { Kysely } from 'kysely';
import type { SagaDefinition } from './definition.ts';
import { NotPossible, SagaNotFound } from './errors.ts';
import { outcomeOf } from './outcome.ts';
import { hasOutcome, isEnded, type SagaRecord } from './record.ts';
import { signalIn } from './signals.ts';
import type { Writing } from './surroundings.ts';
import type { SagaTables } from './tables.ts';

/** Whether a write makes an outcome final, or ends the saga: a completed one that is cancelled ends a second time. */
export const isMilestone = (before: SagaRecord, after: SagaRecord): boolean =>
  outcomeComes(before, after) || ends(before, after);

const outcomeComes = (before: SagaRecord, after: SagaRecord) => hasOutcome(after) && !hasOutcome(before);
const ends = (before: SagaRecord, after: SagaRecord) => isEnded(after) && after.status !== before.status;

/** Tells who is to know that the outcome is final, and that the saga has ended, in the transaction that makes it so. */
export async function tellMilestones(
  surroundings: Writing,
  tables: Kysely<SagaTables>,
  definition: SagaDefinition,
  before: SagaRecord,
  after: SagaRecord,
): Promise<void> {
  if (outcomeComes(before, after)) await tellOutcome(surroundings, tables, definition, after);
  if (ends(before, after)) await definition.onEnd?.(tables as unknown as Kysely<unknown>, after);
}

async function tellOutcome(
  surroundings: Writing,
  tables: Kysely<SagaTables>,
  definition: SagaDefinition,
  record: SagaRecord,
): Promise<void> {
  const outcome = outcomeOf(record);
  if (!outcome) return;
  await definition.onOutcome?.(tables as unknown as Kysely<unknown>, outcome);
  if (!record.parent) return;
  const { completed, result, failure } = outcome;
  const { saga, event } = record.parent;
  try {
    const payload = { completed, result, failure };
    await signalIn(tables, surroundings, { saga, name: event, payload, dedupeKey: record.id });
  } catch (error) {
    // A parent that has ended, or is gone, has no use for it.
    if (!(error instanceof NotPossible || error instanceof SagaNotFound)) throw error;
  }
}
