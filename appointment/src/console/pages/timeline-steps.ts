import type { SagaRecord, StepRecord, UndoRecord } from 'durable-saga';
import type { Mark } from './marks.ts';
import { sayStepAmong } from './payment-words.ts';
import { capitalize, sayReason, sayStep } from './plain-words.ts';
import { effortOf, type TimelineEntry, type Unplaced } from './timeline-entry.ts';
import { isCaught } from './timeline-turn.ts';

interface State {
  mark: Mark;
  word: string;
}

type States = Record<StepRecord['status'], State>;

const STEP_STATES: States = {
  running: { mark: 'pending', word: 'under way' },
  done: { mark: 'confirmed', word: 'done' },
  failed: { mark: 'failed', word: 'failed' },
  unknown: { mark: 'failed', word: 'failed, may have had its effect' },
};

const STATES: Record<NonNullable<StepRecord['kind']>, States> = {
  sleep: { ...STEP_STATES, running: { mark: 'waiting', word: 'running' }, done: { mark: 'waited', word: 'over' } },
  wait: {
    ...STEP_STATES,
    running: { mark: 'waiting', word: 'awaited' },
    done: { mark: 'waited', word: 'came' },
    failed: { mark: 'failed', word: 'did not come in time' },
  },
  child: STEP_STATES,
};

const TITLES = { sleep: 'Timer', wait: 'Event', child: 'Saga' };

const UNDO_STATES: Record<Exclude<UndoRecord['status'], 'registered'>, State> = {
  pending: { mark: 'waiting', word: 'to be done' },
  running: { mark: 'compensating', word: 'under way' },
  done: { mark: 'compensated', word: 'done' },
  failed: { mark: 'stuck', word: 'failed so far' },
};

/** Whether it was told to end because the outcome did not depend on it any more. */
const wasToldToEnd = ({ status, code }: StepRecord): boolean => status !== 'done' && code === 'ended';

const CUT_SHORT: State = { mark: 'cancelled', word: 'cut short, may have had its effect' };
const NO_LONGER_AWAITED: State = { mark: 'cancelled', word: 'no longer awaited' };

function titleOf({ steps }: SagaRecord, { kind, name, key }: StepRecord): string {
  const title = kind === undefined ? sayStepAmong(steps, name).name : `${TITLES[kind]}: ${name}`;
  return key === undefined ? title : `${title} · ${key}`;
}

function stateOf(saga: SagaRecord, step: StepRecord): State {
  // The log keeps what was open when the saga turned round as it was.
  if (step.status === 'running' && saga.goal !== 'complete') return step.kind ? NO_LONGER_AWAITED : CUT_SHORT;
  if (wasToldToEnd(step)) return step.status === 'failed' ? { ...CUT_SHORT, word: 'cut short' } : CUT_SHORT;
  const state = (step.kind ? STATES[step.kind] : STEP_STATES)[step.status];
  return isCaught(saga, step) ? { ...state, mark: 'caught' } : state;
}

function sayResult({ result }: StepRecord): string | undefined {
  const { appointmentId, time, fee, payment_id: paymentId } = (result ?? {}) as Record<string, string | undefined>;
  if (appointmentId) return `Appointment ${appointmentId} at ${time}, fee ${fee}`;
  return paymentId && `Payment ${paymentId}`;
}

function detailOf(saga: SagaRecord, step: StepRecord): string | undefined {
  if (step.status === 'done') return step.kind === undefined ? sayResult(step) : undefined;
  if (step.status === 'running') return undefined;
  if (wasToldToEnd(step)) return 'Another step had failed';
  // That it did not come in time is said already.
  const because = step.code === null || step.kind === 'wait' ? '' : `${capitalize(sayReason(step.code))}. `;
  return isCaught(saga, step) ? `${because}The booking went on without it.` : because.slice(0, -2) || undefined;
}

function dueOf(saga: SagaRecord, { kind, status, wakeAt }: StepRecord): Pick<Unplaced, 'due'> {
  if (saga.goal !== 'complete' || status !== 'running' || wakeAt === undefined) return {};
  return { due: { words: kind === 'sleep' ? 'Until' : 'At the latest until', at: wakeAt } };
}

function pivotOf({ goal }: SagaRecord, { pivot, status }: StepRecord): Pick<Unplaced, 'pivot'> {
  if (!pivot) return {};
  if (goal !== 'complete' || status === 'failed' || status === 'unknown') return { pivot: 'Pivot' };
  return {
    pivot: status === 'done' ? 'Pivot: from here it goes forward only' : 'Pivot: once done, it goes forward only',
  };
}

/** A step of the way out, or what the function waited for. */
export function toStep(saga: SagaRecord, step: StepRecord): Unplaced {
  const { kind, child } = step;
  const isWait = kind === 'sleep' || kind === 'wait';
  return {
    way: 'out',
    kind: isWait ? 'wait' : 'step',
    title: titleOf(saga, step),
    service: child ?? (kind === undefined ? sayStep(step.name).service : ''),
    detail: detailOf(saga, step),
    ...stateOf(saga, step),
    ...effortOf(step),
    ...dueOf(saga, step),
    ...pivotOf(saga, step),
    ...(isWait && { rail: 'idle' as const }),
  };
}

/** The step's undo; undefined where none was called for. */
export function toUndo({ steps }: SagaRecord, step: StepRecord, way: TimelineEntry['way']): Unplaced | undefined {
  const { name, key, kind, undo } = step;
  if (!undo || undo.status === 'registered') return undefined;
  const said = sayStepAmong(steps, name);
  const title = kind === 'child' ? `Cancel saga: ${name}` : said.undo;
  return {
    way,
    kind: 'undo',
    title: key === undefined ? title : `${title} · ${key}`,
    service: said.service,
    ...UNDO_STATES[undo.status],
    ...effortOf(undo),
  };
}
