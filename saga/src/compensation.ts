import type { Execution } from './execution.ts';
import { needsUndo } from './record.ts';
import { endCompensation } from './transitions.ts';
import { undoStep } from './undo-step.ts';

/** How long a step that was told to end is waited for before its undo may begin beside it. */
export const STEP_SETTLE_MS = 1_000;

/**
 * Undoes what needs undoing, from the log alone, in reverse order of beginning. An undo that fails holds up those before
 * it: they may rely on it.
 *
 * @throws NotFinished with the code of the undo that failed
 */
export async function compensate(execution: Execution): Promise<void> {
  const { record, stop, surroundings } = execution;
  await surroundings.attempts.stepsSettled(record.id, STEP_SETTLE_MS, stop.signal);
  for (let index = record.steps.length - 1; index >= 0; index -= 1) {
    const step = execution.staged.steps[index];
    if (step && needsUndo(step)) await undoStep(execution, index, stop.signal);
  }
  execution.change((staged) => endCompensation(staged, execution.now()));
  execution.attachments.tell({ kind: 'saga', status: execution.staged.status });
  await execution.write();
}
