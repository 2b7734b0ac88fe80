import type { Kysely } from 'kysely';
import type { Json } from './json.ts';
import { findSaga } from './log.ts';
import { isEnded, type SagaRecord, type StepRecord } from './record.ts';
import { toRow } from './saga-row.ts';
import { sagasIn, type Tables } from './tables.ts';

export interface RedactionOptions {
  /** Leaves a saga alone that has not ended. */
  endedOnly?: boolean;
}

/**
 * Rewrites the values in a saga's log that must not be kept, in a transaction of the caller's: inputs, results, what errors came
 * with, payloads of events and the reasons of operators' moves. Like an operator's move it takes the saga from the run that holds
 * it, which cannot write the values again; another run goes on with what is left.
 *
 * @param redact makes of each value what stays of it: one that the saga's steps and undos can still go on with
 * @returns whether there is such a saga
 */
export async function redactSaga<T>(
  tables: Kysely<T>,
  id: string,
  redact: (value: Json) => Json,
  { endedOnly = false }: RedactionOptions = {},
): Promise<boolean> {
  const log = sagasIn(tables);
  const record = await findSaga(log, id, { forUpdate: true });
  if (!record || (endedOnly && !isEnded(record))) return false;
  const { input, steps, result, failure, history } = toRow(redacted(record, redact));
  await log
    .updateTable('sagas')
    .set({ input, steps, result, failure, history, fence: record.fence + 1 })
    .where('id', '=', id)
    .execute();
  await redactEvents(log, id, redact);
  return true;
}

function redacted(record: SagaRecord, redact: (value: Json) => Json): SagaRecord {
  const { failure } = record;
  return {
    ...record,
    input: redact(record.input),
    steps: record.steps.map((step) => redactedStep(step, redact)),
    result: redact(record.result),
    failure: failure && { ...failure, data: redact(failure.data) },
    history: record.history.map((move) => ({ ...move, reason: redact(move.reason) as string | null })),
  };
}

const redactedStep = (step: StepRecord, redact: (value: Json) => Json): StepRecord => ({
  ...step,
  result: redact(step.result),
  ...(step.input !== undefined && { input: redact(step.input) }),
  ...(step.data !== undefined && { data: redact(step.data) }),
});

async function redactEvents(log: Tables, saga: string, redact: (value: Json) => Json): Promise<void> {
  const events = await log
    .selectFrom('saga_events')
    .select(['sequence', 'payload'])
    .where('saga_id', '=', saga)
    .execute();
  for (const { sequence, payload } of events) {
    const kept = JSON.stringify(redact(JSON.parse(payload)));
    if (kept === payload) continue;
    await log.updateTable('saga_events').set({ payload: kept }).where('sequence', '=', sequence).execute();
  }
}
