import type { Traits } from './errors.ts';
import type { Execution } from './execution.ts';
import { failAttempt } from './transitions.ts';

const SEEN_AFTER_MS = 100;

/** What an attempt was made at. */
interface Attempted {
  readonly kind: 'step' | 'undo';
  /** Of its entry in the log. */
  readonly index: number;
  /** The step's name as it is declared. */
  readonly step: string;
}

/** Notes that an attempt failed: in the log, for who observes the saga, and as an error where nothing foresaw it. */
export function noteFailure(
  execution: Execution,
  { kind, index, step }: Attempted,
  error: unknown,
  { code, unexpected }: Traits,
): void {
  const entry = execution.staged.steps[index];
  const attempt = (kind === 'step' ? entry : entry?.undo)?.attempts ?? 0;
  execution.change((staged) => failAttempt(staged, kind, index, { code, at: execution.now() }));
  // A reader of the log sees what fails, and a run that fails fast writes no more often for it.
  if (execution.now() - execution.record.updatedAt >= SEEN_AFTER_MS) execution.writeSoon(() => {});
  execution.observe({ kind, step, status: 'attempt_failed', attempts: attempt, code });
  if (unexpected) execution.report(error, { step: kind === 'step' ? step : `undo ${step}`, attempt });
}
