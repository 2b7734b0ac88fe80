import { STEP_SETTLE_MS } from './compensation.ts';
import { failureOf, isFunctionsBug, NotFinished, traitsOf } from './errors.ts';
import type { Execution } from './execution.ts';
import { isPastPivot } from './record.ts';
import { Replay } from './replay.ts';
import { park, wake } from './scheduling.ts';
import { complete, rollBack } from './transitions.ts';

/**
 * Takes a saga forward: to its outcome, which is on disk then, or to where it waits.
 *
 * @throws Interruption where the run cannot bring it to either
 */
export async function runForward(execution: Execution): Promise<void> {
  assertDeclared(execution);
  execution.change(wake);
  using replay = new Replay(execution);
  execution.replay = replay;
  const ending = await replay.run();
  if (ending.kind === 'waits') {
    execution.change(park, { kind: 'saga', status: 'waiting' });
    return execution.write();
  }
  if (ending.kind === 'returned') {
    await replay.undoFailedSteps();
    execution.change((staged) => complete(staged, ending.result, execution.now()));
  } else {
    fail(execution, ending.error);
  }
  const { status, failure } = execution.staged;
  execution.attachments.tell({ kind: 'saga', status, ...(failure && { code: failure.code }) });
  await execution.write();
  await replay.stepsEnded(STEP_SETTLE_MS);
}

/** Decides that the saga is rolled back. */
function fail(execution: Execution, error: unknown): void {
  const { code } = traitsOf(error);
  const failure = failureOf(error);
  if (isFunctionsBug(error)) execution.report(error);
  if (isPastPivot(execution.staged)) throw new NotFinished(code, { step: failure.step, needsPerson: true });
  execution.change((staged) => rollBack(staged, 'undo', failure, execution.now()));
}

function assertDeclared({ definition, record }: Execution): void {
  const unknown = record.steps.find(({ kind, name }) => kind === undefined && !definition.steps.has(name));
  if (unknown) throw new NotFinished('step_unknown', { step: unknown.name, needsPerson: true });
}
