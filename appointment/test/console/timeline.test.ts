import { describe, expect, test } from 'vitest';
import { ROWS_BESIDE } from '../../src/console/pages/timeline-rows.ts';
import { timelineView } from '../../src/console/pages/timeline-view.ts';
import { during, entryOf, move, rowsOf, saga, step, timelineOf, titlesOf, undone } from './timeline-records.ts';

describe('the way out and back', () => {
  test('When it was cancelled, Then the undos stand beside their steps and come last first', () => {
    const steps = [step('reserve', { undo: undone }), step('pay', { ...during(20, 30), undo: undone })];
    expect(rowsOf(saga({ status: 'cancelled', goal: 'cancel', result: {}, steps }))).toEqual([
      ['out', 1, 'Request accepted'],
      ['out', 2, 'Reserve a slot'],
      ['out', 3, 'Settle the fee'],
      ['out', 4, 'Confirmed'],
      ['out', 5, 'Cancelled by an operator'],
      ['back', 3, 'Refund the fee'],
      ['back', 2, 'Release the slot'],
      ['back', 1, 'Cancelled'],
    ]);
  });

  test('When attempts failed, Then each with its code and the time since the one before, and the forgotten are counted', () => {
    const failures = Array.from({ length: 20 }, (_, index) => ({ at: 100 + index * 10, code: 'timeout' }));
    const [, entry] = timelineOf(
      saga({ status: 'completed', result: {}, steps: [step('reserve', { attempts: 24, failures, endedAt: 400 })] }),
    );
    expect(entry).toMatchObject({ attempts: 24, forgotten: 3 });
    expect(entry?.failures?.[0]).toEqual({ number: 4, at: 100, afterMs: null, code: 'timeout' });
    expect(entry?.failures?.[1]).toEqual({ number: 5, at: 110, afterMs: 10, code: 'timeout' });
  });

  test('When an attempt is under way, Then those before it keep their numbers', () => {
    const failures = [10, 60].map((at) => ({ at, code: 'timeout' }));
    const running = step('reserve', { status: 'running', attempts: 3, startedAt: 0, endedAt: null, failures });
    const [, entry] = timelineOf(saga({ status: 'pending', steps: [running] }));
    expect(entry?.failures?.map(({ number, afterMs }) => [number, afterMs])).toEqual([
      [1, 10],
      [2, 50],
    ]);
  });

  test('When it was refused at once, Then there is no way back', () => {
    const failed = step('reserve', { status: 'failed', code: 'no_slot_available' });
    const entries = timelineOf(
      saga({
        status: 'failed',
        goal: 'undo',
        steps: [failed],
        failure: { step: 'reserve', code: 'no_slot_available', data: null },
      }),
    );
    expect(entries.map(({ way }) => way)).toEqual(['out', 'out', 'out']);
    expect(entries.at(-1)?.title).toBe('Failed, nothing to undo');
  });
});

describe("operators' moves", () => {
  test('When they were made on the way out, Then they stand at their time, with who and why', () => {
    const reason = 'The terminal is being changed.';
    const record = saga({
      status: 'completed',
      result: {},
      steps: [step('reserve', during(0, 10)), step('pay', during(40, 50))],
      history: [move('pause', 15, { reason }), move('resume', 35, { by: 'operator' })],
    });
    expect(titlesOf(record)).toEqual([
      'Request accepted',
      'Reserve a slot',
      'Paused by alice',
      'Resumed by an operator',
      'Settle the fee',
      'Confirmed',
    ]);
    expect(entryOf(record, 'Paused by alice')).toMatchObject({ at: 15, said: reason, mark: 'operator' });
  });

  test('When a step was resolved, Then which one and as what', () => {
    const record = saga({ steps: [step('pay')], history: [move('resolve', 20, { step: 'pay', as: 'done' })] });
    expect(entryOf(record, 'Resolved by alice')?.detail).toBe('“Settle the fee” counts as done');
  });

  test('When they were made on the way back, Then they stand in rows of their own between the undos', () => {
    const steps = [
      step('reserve', { undo: { ...undone, ...during(80, 85) } }),
      step('pay', { ...during(20, 30), undo: { ...undone, ...during(41, 60) } }),
    ];
    const history = [
      move('cancel', 40, { reason: 'By phone.' }),
      move('retry', 50),
      move('pause', 70),
      move('resume', 75),
    ];
    const record = saga({ status: 'cancelled', goal: 'cancel', result: {}, steps, history });
    expect(rowsOf(record)).toEqual([
      ['out', 1, 'Request accepted'],
      ['out', 2, 'Reserve a slot'],
      ['out', 6, 'Settle the fee'],
      ['out', 7, 'Confirmed'],
      ['out', 8, 'Cancelled by alice'],
      ['back', 6, 'Refund the fee'],
      ['back', 5, 'Retried by alice'],
      ['back', 4, 'Paused by alice'],
      ['back', 3, 'Resumed by alice'],
      ['back', 2, 'Release the slot'],
      ['back', 1, 'Cancelled'],
    ]);
    expect(entryOf(record, 'Cancelled by alice')).toMatchObject({ at: 40, said: 'By phone.' });
  });

  test('When one was made while steps ran side by side, Then the line beside it stays theirs', () => {
    const steps = [step('car', during(0, 40)), step('spa', during(10, 50))];
    const record = saga({ status: 'completed', result: {}, steps, history: [move('pause', 5), move('resume', 45)] });
    expect(timelineOf(record).map(({ title, rail }) => [title, rail])).toEqual([
      ['Request accepted', undefined],
      ['2 side by side', 'beside'],
      ['Car', 'beside'],
      ['Paused by alice', 'beside'],
      ['Spa', undefined],
      ['Resumed by alice', undefined],
      ['Confirmed', undefined],
    ]);
  });

  test('When it is paused or stuck, Then where it is, and why', () => {
    const paused = saga({ status: 'paused', steps: [step('reserve')], history: [move('pause', 30)] });
    expect(titlesOf(paused).slice(-2)).toEqual(['Paused by alice', 'Paused']);
    const stuck = saga({ status: 'stuck', reschedules: 1, reason: { code: 'step_unknown', step: 'pay' } });
    expect(timelineOf(stuck).at(-1)).toMatchObject({
      title: 'Stuck',
      detail: expect.stringContaining('the code no longer knows the step (“Settle the fee”)'),
    });
  });
});

describe('the markup', () => {
  test('When a reason is markup, Then it is text', () => {
    const history = [move('pause', 5, { by: '<b>', reason: '<img src=x>' })];
    const text = String(timelineView(timelineOf(saga({ status: 'paused', history }))));
    expect(text).toContain('Paused by &lt;b&gt;');
    expect(text).toContain('&lt;img src=x&gt;');
    expect(text).not.toContain('<img');
  });

  test('When it happened on another day than the beginning, Then the day is said', () => {
    const day = 86_400_000;
    const text = String(timelineView(timelineOf(saga({ updatedAt: 2 * day, status: 'completed', result: {} }))));
    expect(text).toMatch(/>00:00:00<.*>3 Jan, 00:00:00</s);
  });

  test('When there are more rows than the style has, Then the way back comes below the way out', () => {
    const viewOf = (count: number) => {
      const steps = Array.from({ length: count }, (_, index) =>
        step('bag', { key: `${index}`, ...during(index, index + 1) }),
      );
      return String(
        timelineView(
          timelineOf(
            saga({ status: 'compensated', goal: 'undo', failure: { step: null, code: 'x', data: null }, steps }),
          ),
        ),
      );
    };
    expect(viewOf(ROWS_BESIDE - 2)).toContain(`rows-${ROWS_BESIDE} returns`);
    expect(viewOf(ROWS_BESIDE - 1)).toContain('<ol class="timeline">');
  });
});
