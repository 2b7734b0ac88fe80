import { type Drive, Stalled } from './drive.ts';
import type { SagaDefinition } from './saga.ts';
import { asJson, complete, failureOf, isTerminal, type SagaRecord, turnBack } from './saga-record.ts';
import { Teller } from './teller.ts';
import { unwindSaga } from './unwind-saga.ts';

/**
 * Drives a saga from where its log stands: forward until it is complete, or back until all is undone.
 *
 * The story is told from its beginning every time, which is also how a saga on its way back finds its undos again.
 *
 * @throws Stalled where this drive cannot end it; whatever `drive.save` throws
 */
export async function driveSaga(definition: SagaDefinition, record: SagaRecord, drive: Drive): Promise<void> {
  if (isTerminal(record)) return drive.observe({ kind: 'saga', status: record.status });
  const teller = new Teller(record, drive);
  const ending = await tell(definition, record, drive, teller);
  if (record.goal === 'complete') {
    // A story that swallows the failure of a step is over all the same: what the step did may have to be undone.
    const failure = teller.failure ?? ending.failure;
    if (failure) turnBack(record, 'undo', failure);
    else complete(record, ending.result);
    await drive.save();
    drive.observe({ kind: 'saga', status: record.status, ...(record.failure && { code: record.failure.code }) });
  }
  if (!isTerminal(record)) await unwindSaga(record, teller.undos, drive);
}

/** However the story ends, it counts only once it has come by every step that the log has: their undos are known then. */
async function tell(definition: SagaDefinition, record: SagaRecord, drive: Drive, teller: Teller) {
  const ending = await tellToTheEnd(definition, record, drive, teller);
  await teller.rest();
  if (teller.interruption) throw teller.interruption;
  if (teller.undos.length < record.steps.length) throw new Stalled('story_changed');
  return ending;
}

async function tellToTheEnd(definition: SagaDefinition, record: SagaRecord, drive: Drive, teller: Teller) {
  try {
    return { result: asJson(await definition.tell(teller, record.input, drive.secret)), failure: null };
  } catch (error) {
    return { result: null, failure: failureOf(error, null) };
  }
}
