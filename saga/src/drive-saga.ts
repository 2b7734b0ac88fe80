import { type Drive, Stalled } from './drive.ts';
import type { SagaDefinition } from './saga.ts';
import { complete, failureOf, isTerminal, type SagaRecord, turnBack } from './saga-record.ts';
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
  const teller = new Teller(record, drive);
  if (record.goal === 'complete') await goForward(definition, record, drive, teller);
  else await recallUndos(definition, record, drive, teller);
  if (!isTerminal(record)) await unwindSaga(record, teller.undos, drive);
}

async function goForward(definition: SagaDefinition, record: SagaRecord, drive: Drive, teller: Teller): Promise<void> {
  try {
    const result = await definition.tell(teller, record.input, drive.secret);
    if (teller.interruption) throw teller.interruption;
    // A story that swallows the failure of a step is over all the same: what the step did may have to be undone.
    if (teller.failure) turnBack(record, 'undo', teller.failure);
    else complete(record, result);
  } catch (error) {
    if (teller.interruption) throw teller.interruption;
    turnBack(record, 'undo', teller.failure ?? failureOf(error, null));
  }
  await drive.save();
  drive.observe({ kind: 'saga', status: record.status, ...(record.failure && { code: record.failure.code }) });
}

async function recallUndos(
  definition: SagaDefinition,
  record: SagaRecord,
  drive: Drive,
  teller: Teller,
): Promise<void> {
  // However the story ends this time is of no interest, as long as it has come by every step that the log has.
  await definition.tell(teller, record.input, drive.secret).catch(() => {});
  if (teller.interruption) throw teller.interruption;
  if (teller.undos.length < record.steps.length) throw new Stalled('story_changed');
}
