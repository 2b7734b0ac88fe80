import type { StepRecord } from 'durable-saga';
import { describe, expect, test } from 'vitest';
import { during, entryOf, move, rowsOf, saga, step, timelineOf, undone } from './timeline-records.ts';

describe('side by side', () => {
  test('When steps began before one before them had ended, Then they come after a fork, each with when it ran', () => {
    const steps = [
      step('flight', during(0, 10)),
      step('car', during(10, 20)),
      step('spa', during(10, 50)),
      step('museum', during(30, 40)),
      step('ticket', during(50, 60)),
    ];
    const entries = timelineOf(saga({ status: 'completed', result: {}, steps }));

    expect(entries.map(({ title, rail }) => [title, rail])).toEqual([
      ['Request accepted', undefined],
      ['Flight', undefined],
      ['3 side by side', 'beside'],
      ['Car', 'beside'],
      ['Spa', 'beside'],
      ['Museum', undefined],
      ['Ticket', undefined],
      ['Confirmed', undefined],
    ]);
    expect(entries[2]?.durationMs).toBe(40);
    expect(entries.map(({ lane }) => lane).filter(Boolean)).toEqual([
      { from: 0, to: 0.25 },
      { from: 0, to: 1 },
      { from: 0.5, to: 0.75 },
    ]);
  });

  test('When one has not ended, Then its bar goes on until the last write', () => {
    const running = { status: 'running', ...during(10, null) } as const;
    const record = saga({ updatedAt: 110, steps: [step('car', running), step('spa', during(10, 60))] });
    expect(entryOf(record, '2 side by side')?.durationMs).toBeUndefined();
    expect(entryOf(record, 'Car')).toMatchObject({ word: 'under way', lane: { from: 0, to: 1 } });
    expect(entryOf(record, 'Spa')?.lane).toEqual({ from: 0, to: 0.5 });
  });

  test('When one fails and the others are told to end, Then only that one has failed', () => {
    const unknown = { status: 'unknown', code: 'ended', undo: undone } as const;
    const record = saga({
      status: 'compensated',
      goal: 'undo',
      failure: { step: 'museum', code: 'sold_out', data: null },
      steps: [
        step('car', { ...unknown, ...during(10, 32) }),
        step('museum', { status: 'failed', code: 'sold_out', ...during(10, 30) }),
      ],
    });
    expect(entryOf(record, 'Car')).toMatchObject({ mark: 'cancelled', detail: 'Another step had failed' });
    expect(entryOf(record, 'Museum')).toMatchObject({ mark: 'failed', detail: 'Sold out' });
    expect(entryOf(record, 'Undo car')).toMatchObject({ way: 'back' });
  });
});

describe('waits', () => {
  const wait = (kind: 'sleep' | 'wait', rest: Partial<StepRecord> = {}) =>
    step(kind === 'sleep' ? 'cool off' : 'approval', { kind, attempts: 0, undo: null, wakeAt: 5_000, ...rest });
  const open = { status: 'running', endedAt: null } as const;

  test('When a timer runs or an event is awaited, Then until when, and nothing else says that it waits', () => {
    const record = saga({ status: 'waiting', steps: [wait('sleep', open), wait('wait', { ...open, startedAt: 5 })] });
    expect(entryOf(record, 'Timer: cool off')).toMatchObject({ word: 'running', due: { words: 'Until', at: 5_000 } });
    expect(entryOf(record, 'Event: approval')).toMatchObject({
      word: 'awaited',
      due: { words: 'At the latest until', at: 5_000 },
    });
    expect(timelineOf(record).at(-1)?.title).toBe('Event: approval');
  });

  test('When something came after a wait that is open, Then the end says what is waited for', () => {
    const steps = [wait('wait', open), step('car', during(12, 15))];
    expect(timelineOf(saga({ status: 'waiting', steps })).at(-1)).toMatchObject({
      title: 'Waiting',
      detail: 'For approval',
    });
    const history = [move('pause', 30), move('resume', 40)];
    const resumed = saga({ status: 'waiting', steps: [wait('sleep', open)], history });
    expect(timelineOf(resumed).at(-1)).toMatchObject({ title: 'Waiting', detail: 'For cool off' });
  });

  test('When a wait is over, Then how it ended', () => {
    const late = wait('wait', { status: 'failed', code: 'timed_out' });
    const steps = [wait('sleep'), wait('wait'), { ...late, name: 'visa', startedAt: 20, endedAt: 30 }];
    const record = saga({ status: 'completed', result: {}, steps });
    expect(entryOf(record, 'Timer: cool off')).toMatchObject({ word: 'over', mark: 'waited' });
    expect(entryOf(record, 'Event: approval')).toMatchObject({ word: 'came', mark: 'waited' });
    expect(entryOf(record, 'Event: visa')).toMatchObject({
      word: 'did not come in time',
      mark: 'caught',
      detail: 'The booking went on without it.',
    });
  });

  test('When the saga turns round while it waits, Then nothing is awaited any more', () => {
    const record = saga({
      status: 'cancelled',
      goal: 'cancel',
      failure: { step: null, code: 'cancelled', data: null },
      steps: [wait('wait', open), step('pay', { ...open, startedAt: 12 })],
      history: [move('cancel', 70)],
    });
    expect(entryOf(record, 'Event: approval')).toMatchObject({ word: 'no longer awaited', mark: 'cancelled' });
    expect(entryOf(record, 'Event: approval')).not.toHaveProperty('due');
    expect(entryOf(record, 'Settle the fee')?.word).toBe('cut short, may have had its effect');
  });

  test('When another saga was started, Then its id, and its undo is its cancellation', () => {
    const child = step('insurance', { kind: 'child', child: 'a/insurance', undo: undone });
    const steps = [child, step('pay', { status: 'failed', code: 'card_declined', ...during(20, 30) })];
    const failure = { step: 'pay', code: 'card_declined', data: null };
    const record = saga({ status: 'compensated', goal: 'undo', failure, steps });
    expect(entryOf(record, 'Saga: insurance')).toMatchObject({ word: 'done', service: 'a/insurance' });
    expect(entryOf(record, 'Cancel saga: insurance')).toMatchObject({ way: 'back', row: 2, word: 'done' });
  });
});

describe('a pivot', () => {
  const pivot = (rest: Partial<StepRecord> = {}) => step('ticket', { pivot: true, ...rest });

  test('When it is done, Then from there it goes forward only', () => {
    const record = saga({ steps: [pivot()] });
    expect(entryOf(record, 'Ticket')?.pivot).toBe('Pivot: from here it goes forward only');
  });

  test('When it runs, Then what it will mean; when it failed or was undone, Then no more than what it is', () => {
    expect(entryOf(saga({ steps: [pivot({ status: 'running', endedAt: null })] }), 'Ticket')?.pivot).toContain(
      'once done',
    );
    expect(entryOf(saga({ steps: [pivot({ status: 'failed', code: 'x' })] }), 'Ticket')?.pivot).toBe('Pivot');
    const cancelled = saga({ status: 'cancelled', goal: 'cancel', result: {}, steps: [pivot({ undo: undone })] });
    expect(entryOf(cancelled, 'Ticket')?.pivot).toBe('Pivot');
  });
});

describe('a failure that the function caught', () => {
  const ritz = step('ritz', { status: 'unknown', code: 'timeout', undo: { ...undone, ...during(20, 24) } });

  test('When the step may have had its effect, Then its undo follows it on the way out', () => {
    const record = saga({ status: 'completed', result: {}, steps: [ritz, step('plaza', during(25, 40))] });
    expect(rowsOf(record)).toEqual([
      ['out', 1, 'Request accepted'],
      ['out', 2, 'Ritz'],
      ['out', 3, 'Undo ritz'],
      ['out', 4, 'Plaza'],
      ['out', 5, 'Confirmed'],
    ]);
    expect(entryOf(record, 'Ritz')).toMatchObject({
      mark: 'caught',
      detail: 'The service did not respond in time. The booking went on without it.',
    });
  });

  test('When the saga is rolled back later, Then it is told apart from the failure that turned it round', () => {
    const plaza = step('plaza', { ...during(25, 40), undo: undone });
    const pay = step('pay', {
      status: 'unknown',
      code: 'timeout',
      ...during(40, 60),
      undo: { ...undone, ...during(61, 70) },
    });
    const failure = { step: 'pay', code: 'timeout', data: null };
    const record = saga({ status: 'compensated', goal: 'undo', failure, steps: [ritz, plaza, pay] });
    expect(rowsOf(record).filter(([way]) => way === 'back')).toEqual([
      ['back', 5, 'Refund the fee if it was paid'],
      ['back', 4, 'Undo plaza'],
      ['back', 1, 'Compensated'],
    ]);
    expect([entryOf(record, 'Ritz')?.mark, entryOf(record, 'Settle the fee')?.mark]).toEqual(['caught', 'failed']);
    expect(entryOf(record, 'Undo ritz')?.way).toBe('out');
  });

  test('When nothing came after it yet, Then it has only failed', () => {
    const failed = step('ritz', { status: 'failed', code: 'fully_booked' });
    expect(entryOf(saga({ steps: [failed] }), 'Ritz')).toMatchObject({ mark: 'failed', detail: 'Fully booked' });
  });
});
