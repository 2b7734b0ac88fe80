import type { Failure } from './errors.ts';
import type { Json } from './json.ts';
import { type Effort, needsUndo, type Parent, type SagaRecord, type StepRecord, type UndoRecord } from './record.ts';
import type { SpanIds } from './span-ids.ts';
import type { SagaStatus } from './status.ts';

// Pure: each takes a record and returns the next one, which takes its place once it is on disk.

const FAILURES_KEPT = 20;
const NEW_EFFORT: Effort = { attempts: 0, startedAt: null, endedAt: null, code: null, failures: [] };

/** A new saga, headed forward and due at once. */
export function newSagaRecord(saga: {
  id: string;
  name: string;
  version: number;
  input: Json;
  trace: SpanIds | null;
  parent?: Parent;
  at: number;
}): SagaRecord {
  const { at, parent = null, ...rest } = saga;
  return {
    ...rest,
    parent,
    createdAt: at,
    updatedAt: at,
    status: 'pending',
    goal: 'complete',
    steps: [],
    result: null,
    failure: null,
    reschedules: 0,
    reason: null,
    progressAt: at,
    dueAt: at,
    wakeAt: null,
    worker: null,
    fence: 1,
    revision: 1,
    history: [],
  };
}

/** A step about to run, its undo registered with it. */
export function newStepRecord(
  step: Pick<StepRecord, 'name' | 'key' | 'kind' | 'input' | 'pivot' | 'wakeAt' | 'child'> & {
    hasUndo: boolean;
    at: number;
  },
): StepRecord {
  const { hasUndo, at, ...rest } = step;
  const undo: UndoRecord | null = hasUndo ? { ...NEW_EFFORT, status: 'registered' } : null;
  return { ...NEW_EFFORT, ...rest, status: 'running', startedAt: at, result: null, undo };
}

/** What the saga is called while it goes on. */
export const activeStatus = ({ goal }: Pick<SagaRecord, 'goal'>): SagaStatus =>
  goal === 'complete' ? 'pending' : 'compensating';

/** The saga got further: what kept it from that is over. */
function progressed(record: SagaRecord, at: number, change: Partial<SagaRecord> = {}): SagaRecord {
  const status = record.status === 'stuck' ? activeStatus(record) : record.status;
  return { ...record, status, progressAt: at, reschedules: 0, reason: null, ...change };
}

const stepsWith = ({ steps }: SagaRecord, index: number, change: Partial<StepRecord>): readonly StepRecord[] =>
  steps.with(index, { ...(steps[index] as StepRecord), ...change });

const withStep = (record: SagaRecord, index: number, change: Partial<StepRecord>): SagaRecord => ({
  ...record,
  steps: stepsWith(record, index, change),
});

function withUndo(record: SagaRecord, index: number, change: Partial<UndoRecord>): SagaRecord {
  const undo = { ...(record.steps[index]?.undo as UndoRecord), ...change };
  return withStep(record, index, { undo });
}

/** Appends a step to the log. */
export function beginStep(record: SagaRecord, step: StepRecord, at: number): SagaRecord {
  return progressed(record, at, { steps: [...record.steps, step] });
}

/** Counts an attempt that begins. */
export function beginAttempt(record: SagaRecord, kind: 'step' | 'undo', index: number): SagaRecord {
  const step = record.steps[index] as StepRecord;
  return kind === 'step'
    ? withStep(record, index, { attempts: step.attempts + 1 })
    : withUndo(record, index, { attempts: (step.undo?.attempts ?? 0) + 1 });
}

/** Notes an attempt that failed. */
export function failAttempt(
  record: SagaRecord,
  kind: 'step' | 'undo',
  index: number,
  { code, at }: { code: string; at: number },
): SagaRecord {
  const step = record.steps[index] as StepRecord;
  const failuresOf = ({ failures }: Effort) => [...failures, { at, code }].slice(-FAILURES_KEPT);
  return kind === 'step'
    ? withStep(record, index, { code, failures: failuresOf(step) })
    : withUndo(record, index, { code, failures: failuresOf(step.undo ?? NEW_EFFORT) });
}

export function endStep(record: SagaRecord, index: number, result: Json, at: number): SagaRecord {
  const order = nextOrder(record);
  return progressed(record, at, {
    steps: stepsWith(record, index, { status: 'done', result, code: null, endedAt: at, order }),
  });
}

/** What has failed has a result after all. */
export function overrule(record: SagaRecord, index: number, result: Json, at: number): SagaRecord {
  const { data, refused, ...entry } = record.steps[index] as StepRecord;
  return endStep({ ...record, steps: record.steps.with(index, entry) }, index, result, at);
}

const nextOrder = ({ steps }: SagaRecord): number => 1 + Math.max(0, ...steps.map(({ order = 0 }) => order));

/** @param mayHaveHappened whether any of its attempts may have had its effect */
export function failStep(
  record: SagaRecord,
  index: number,
  failure: { mayHaveHappened: boolean; refused: boolean; code: string; data: Json; at: number },
): SagaRecord {
  const { mayHaveHappened, refused, code, data, at } = failure;
  const undo = record.steps[index]?.undo ?? null;
  return progressed(record, at, {
    steps: stepsWith(record, index, {
      status: mayHaveHappened ? 'unknown' : 'failed',
      code,
      endedAt: at,
      order: nextOrder(record),
      ...(data !== null && { data }),
      ...(refused && { refused }),
      undo: undo?.status === 'pending' && !mayHaveHappened ? { ...undo, status: 'registered' } : undo,
    }),
  });
}

export function beginUndo(record: SagaRecord, index: number, at: number): SagaRecord {
  return withUndo(record, index, { status: 'running', startedAt: record.steps[index]?.undo?.startedAt ?? at });
}

export function failUndo(record: SagaRecord, index: number, code: string): SagaRecord {
  return withUndo(record, index, { status: 'failed', code });
}

export function endUndo(record: SagaRecord, index: number, at: number): SagaRecord {
  return progressed(withUndo(record, index, { status: 'done', code: null, endedAt: at }), at);
}

export function complete(record: SagaRecord, result: Json, at: number): SagaRecord {
  return progressed(record, at, { status: 'completed', result });
}

/** Turns the saga round: what needs undoing is pending from here on. */
export function rollBack(record: SagaRecord, goal: 'undo' | 'cancel', failure: Failure | null, at: number): SagaRecord {
  const steps = record.steps.map((step) =>
    step.undo && needsUndo(step) ? { ...step, undo: { ...step.undo, status: 'pending' as const } } : step,
  );
  const nothingToUndo = goal === 'cancel' ? 'cancelled' : 'failed';
  const status = steps.some(needsUndo) ? 'compensating' : nothingToUndo;
  return progressed(record, at, { steps, goal, failure, status, wakeAt: null });
}

export function endCompensation(record: SagaRecord, at: number): SagaRecord {
  return progressed(record, at, { status: record.goal === 'cancel' ? 'cancelled' : 'compensated' });
}
