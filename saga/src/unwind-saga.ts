import { inSpan } from '@appointments/chassis';
import { type Drive, Stalled } from './drive.ts';
import { limitTime } from './limit-time.ts';
import { type Perseverance, persevere } from './persevere.ts';
import { endUnwinding, needsUndo, type SagaRecord, type StepRecord } from './saga-record.ts';
import type { Undo } from './teller.ts';

// An undo that fails this often in one drive waits for the next one.
const ATTEMPTS_A_DRIVE = 3;
// So does one that hangs: it would hold its saga for ever, and no operator would see it stuck.
const UNDO_LIMIT_MS = 10_000;

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
    if (!needsUndo(step)) continue;
    const undo = undos[index];
    if (!undo) throw new Stalled('story_changed');
    await undoStep(record.id, step, undo, drive);
  }
  endUnwinding(record);
  await drive.save();
  drive.observe({ kind: 'saga', status: record.status });
}

async function undoStep(saga: string, step: StepRecord, undo: Undo, drive: Drive): Promise<void> {
  const log = step.undo as NonNullable<StepRecord['undo']>;
  log.status = 'running';
  log.startedAt ??= drive.now();
  await drive.save();
  drive.observe({ kind: 'undo', step: step.name, status: 'running' });
  using limited = limitTime(drive.halt, UNDO_LIMIT_MS);
  try {
    const span = { name: `undo ${step.name}`, kind: 'internal', attributes: { 'saga.id': saga } } as const;
    const perseverance: Perseverance = {
      signal: limited.signal,
      maxAttempts: ATTEMPTS_A_DRIVE,
      now: drive.now,
      failed: (code) =>
        drive.observe({ kind: 'undo', step: step.name, status: 'attempt_failed', attempts: log.attempts, code }),
    };
    await inSpan(span, () => persevere(log, undo, perseverance));
  } catch {
    // One that a shutdown cuts short has not failed; the next process runs it again.
    if (drive.halt.aborted) throw new Stalled('halted');
    log.status = 'failed';
    log.code ??= 'undo_timed_out';
    throw new Stalled(log.code);
  }
  log.status = 'done';
  log.code = null;
  log.endedAt = drive.now();
  drive.observe({ kind: 'undo', step: step.name, status: 'done', attempts: log.attempts });
}
