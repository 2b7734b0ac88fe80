import type { Kysely } from 'kysely';
import type { SagaDefinition } from './definition.ts';
import { NotPossible, SagaNotFound } from './errors.ts';
import { outcomeOf } from './outcome.ts';
import type { SagaRecord } from './record.ts';
import { signalIn } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import type { SagaTables } from './tables.ts';

/** Tells the definition's hook and the parent that the outcome is final, in the transaction that makes it so. */
export async function tellOutcome(
  surroundings: Surroundings,
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
