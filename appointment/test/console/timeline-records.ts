import type { Move, SagaRecord, StepRecord } from 'durable-saga';
import { timelineOf as timeline } from '../../src/console/pages/timeline.ts';

// Records as the engine writes them, with no more than a timeline needs. Times are small numbers.

export const effort = { attempts: 1, startedAt: 10, endedAt: 20, code: null, failures: [] };
export const untried = { attempts: 0, startedAt: null, endedAt: null, code: null, failures: [] };
export const undone = { ...effort, startedAt: 80, endedAt: 85, status: 'done' as const };

export const step = (name: string, rest: Partial<StepRecord> = {}): StepRecord => ({
  ...effort,
  name,
  status: 'done',
  result: null,
  undo: { ...untried, status: 'registered' },
  ...rest,
});

export const saga = (rest: Partial<SagaRecord>) =>
  ({
    createdAt: 0,
    updatedAt: 90,
    status: 'pending',
    goal: 'complete',
    result: null,
    failure: null,
    reschedules: 0,
    reason: null,
    dueAt: null,
    steps: [],
    history: [],
    ...rest,
  }) as unknown as SagaRecord;

export const move = (name: Move['move'], at: number, rest: Partial<Move> = {}): Move => ({
  move: name,
  at,
  by: 'alice',
  reason: null,
  id: `${name}-${at}`,
  ...rest,
});

export const ACTION_TIMEOUT_MS = 900_000;

export const timelineOf = (record: SagaRecord) => timeline(record, ACTION_TIMEOUT_MS);

export const during = (startedAt: number, endedAt: number | null) => ({ startedAt, endedAt });
export const rowsOf = (record: SagaRecord) => timelineOf(record).map(({ way, row, title }) => [way, row, title]);
export const entryOf = (record: SagaRecord, title: string) => timelineOf(record).find((entry) => entry.title === title);
export const titlesOf = (record: SagaRecord) => timelineOf(record).map(({ title }) => title);
