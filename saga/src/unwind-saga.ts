import { type Drive, Stalled } from './drive.ts';
import { persevere } from './persevere.ts';
import { endUnwinding, needsUndo, type SagaRecord, type StepRecord } from './saga-record.ts';
import type { Undo } from './teller.ts';

// An undo that fails this often in one drive waits for the next one.
const ATTEMPTS_A_DRIVE = 3;

/**
 * Undoes what needs undoing, the last step first, each undo noted on disk as running before it begins and as done before
 * the next one. An undo that fails holds up those before it: they may rely on it.
 *
 * @throws Stalled with the code of the undo that failed
 */
export async function unwindSaga(
  record: SagaRecord,
  undos: ReadonlyArray<Undo | undefined>,
  drive: Drive,
): Promise<void> {
  for (const [index, step] of [...record.steps.entries()].reverse()) {
    const undo = undos[index];
    if (undo && needsUndo(step)) await undoStep(step, undo, drive);
  }
  endUnwinding(record);
  await drive.save();
  drive.observe({ kind: 'saga', status: record.status });
}

async function undoStep(step: StepRecord, undo: Undo, drive: Drive): Promise<void> {
  const log = step.undo as NonNullable<StepRecord['undo']>;
  log.status = 'running';
  log.startedAt ??= drive.now();
  await drive.save();
  drive.observe({ kind: 'undo', step: step.name, status: 'running' });
  try {
    await persevere(log, undo, {
      signal: drive.halt,
      maxAttempts: ATTEMPTS_A_DRIVE,
      now: drive.now,
      failed: (code) =>
        drive.observe({ kind: 'undo', step: step.name, status: 'attempt_failed', attempts: log.attempts, code }),
    });
  } catch {
    log.status = 'failed';
    throw new Stalled(log.code ?? 'undo_failed');
  }
  log.status = 'done';
  log.code = null;
  log.endedAt = drive.now();
  drive.observe({ kind: 'undo', step: step.name, status: 'done', attempts: log.attempts });
}
