import type { SagaRecord, StepRecord } from 'durable-saga';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BookingRow } from '../../src/console/booking-rows.ts';
import { createChangeFeed } from '../../src/console/change-feed.ts';
import { html } from '../../src/console/html.ts';
import { timelineOf } from '../../src/console/pages/timeline.ts';
import { createSessions } from '../../src/console/session.ts';
import { createSignInAttempts } from '../../src/console/sign-in-attempts.ts';

const MINUTE = 60_000;

describe('html', () => {
  test('When text is interpolated, Then it is escaped; markup of its own stays, absent values leave no trace', () => {
    expect(String(html`<a title="${`"'<&>`}">${html`<b>${'<'}</b>`}${[null, undefined, false, 0]}</a>`)).toBe(
      '<a title="&quot;&#39;&lt;&amp;&gt;"><b>&lt;</b>0</a>',
    );
  });

  test('When an object only looks like markup, Then it is escaped all the same', () => {
    const forged = { toString: () => '<script>' } as never;
    expect(() => String(html`${forged}`)).toThrow();
  });
});

describe('a session', () => {
  let now = 1_800_000_000_000;
  const nobody = { add: async () => {}, has: async () => false };
  const sessions = createSessions('token', nobody, () => now);

  test('When half an hour goes by unused, Then it ends; when it is used, Then it goes on for eight hours at most', async () => {
    const session = sessions.begin(false);
    now += 29 * MINUTE;
    expect(await sessions.read(sessions.toCookie(session))).toEqual(session);
    let used = session;
    for (let minutes = 29; minutes < 8 * 60 - 1; minutes += 29) {
      used = sessions.renew(used) ?? used;
      expect(await sessions.isAlive(used)).toBe(true);
      now += 29 * MINUTE;
    }
    expect(await sessions.read(sessions.toCookie(sessions.renew(used) ?? used))).toBeUndefined();
    expect(await sessions.read(sessions.toCookie(session))).toBeUndefined();
  });

  test('When another process has the same token, Then the session holds there; with another token it does not', async () => {
    const session = sessions.begin(true);
    const cookie = sessions.toCookie(session);
    expect(await createSessions('token', nobody, () => now).read(cookie)).toEqual(session);
    expect(await createSessions('another', nobody, () => now).read(cookie)).toBeUndefined();
  });
});

describe('sign-in attempts', () => {
  test('When one address fails, Then it waits and others do not; time forgives', () => {
    let now = 0;
    const attempts = createSignInAttempts(() => now);
    for (let count = 0; count < 5; count += 1) attempts.noteFailure('1.1.1.1');
    expect(attempts.waitMs('1.1.1.1')).toBeGreaterThan(0);
    expect(attempts.waitMs('2.2.2.2')).toBe(0);
    now += attempts.waitMs('1.1.1.1');
    expect(attempts.waitMs('1.1.1.1')).toBe(0);
  });

  test('When many addresses fail, Then all wait', () => {
    const attempts = createSignInAttempts(() => 0);
    for (let count = 0; count < 50; count += 1) attempts.noteFailure(`10.0.0.${count}`);
    expect(attempts.waitMs('2.2.2.2')).toBeGreaterThan(0);
  });
});

describe('the change feed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const row = (id: string, updatedAt: number) => ({ id, updatedAt, status: 'confirmed' }) as BookingRow;

  test('When many listen, Then one look a second for all; when none do, Then none', async () => {
    const readChanges = vi.fn(async () => [] as BookingRow[]);
    const feed = createChangeFeed({ readChanges });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(readChanges).not.toHaveBeenCalled();

    const stops = Array.from({ length: 20 }, () => feed.subscribe(() => {}));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(readChanges).toHaveBeenCalledTimes(5);

    for (const stop of stops) stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(readChanges.mock.calls.length).toBeLessThanOrEqual(6);
  });

  test('When a change is seen twice in the overlap, Then it is passed on once; when it changes again, Then again', async () => {
    let stored = [row('a', Date.now())];
    const feed = createChangeFeed({ readChanges: async () => stored });
    const passedOn: string[][] = [];
    const stop = feed.subscribe(({ rows }) => void passedOn.push(rows.map(({ id }) => id)));
    await vi.advanceTimersByTimeAsync(2_000);
    stored = [row('a', Date.now() + 1)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(passedOn).toEqual([['a'], [], ['a']]);
    stop();
  });

  test('When the store fails, Then the next look is made all the same', async () => {
    const failed = vi.fn();
    const readChanges = vi.fn().mockRejectedValueOnce(new Error('locked')).mockResolvedValue([]);
    const stop = createChangeFeed({ readChanges, failed }).subscribe(() => {});
    await vi.advanceTimersByTimeAsync(2_000);
    expect([failed.mock.calls.length, readChanges.mock.calls.length]).toEqual([1, 2]);
    stop();
  });
});

describe('the timeline', () => {
  const effort = { attempts: 1, startedAt: 10, endedAt: 20, code: null, failures: [] };
  const untried = { attempts: 0, startedAt: null, endedAt: null, code: null, failures: [] };
  const step = (name: string, rest: Partial<StepRecord> = {}): StepRecord => ({
    ...effort,
    name,
    status: 'done',
    result: null,
    undo: { ...untried, status: 'registered' },
    ...rest,
  });
  const saga = (rest: Partial<SagaRecord>) =>
    ({
      createdAt: 0,
      updatedAt: 90,
      goal: 'complete',
      result: null,
      failure: null,
      reschedules: 0,
      dueAt: null,
      ...rest,
    }) as SagaRecord;
  const rowsOf = (record: SagaRecord) => timelineOf(record).map(({ way, row, title }) => [way, row, title]);

  test('When it was cancelled, Then the undos stand beside their steps and come last first', () => {
    const undone = { ...effort, status: 'done' as const };
    const steps = [step('reserve', { undo: undone }), step('pay', { undo: undone })];
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
