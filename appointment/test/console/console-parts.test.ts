import { html } from '@appointments/chassis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Caller } from '../../src/access/access-file.ts';
import type { BookingRow } from '../../src/console/booking-rows.ts';
import { createChangeFeed } from '../../src/console/change-feed.ts';
import { createSessions } from '../../src/console/session.ts';

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
  const callers = new Map<string, Caller>();
  const openSessions = (operatorToken: string) =>
    createSessions(
      operatorToken,
      nobody,
      () => now,
      (id) => [callers.get(id) ?? []].flat(),
    );
  const sessions = openSessions('token');
  const ada: Caller = { id: 'ada@desk', role: 'operator', tokenSha256: 'a'.repeat(64) };
  beforeEach(() => void callers.clear());
  beforeEach(() => void callers.set(ada.id, ada));

  test('When half an hour goes by unused, Then it ends; when it is used, Then it goes on for eight hours at most', async () => {
    const session = sessions.begin(ada, false);
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
    const session = sessions.begin(ada, true);
    const cookie = sessions.toCookie(session);
    expect(await openSessions('token').read(cookie)).toEqual(session);
    expect(await openSessions('another').read(cookie)).toBeUndefined();
  });

  test.each([
    ['is gone', undefined],
    ['has another token', { ...ada, tokenSha256: 'b'.repeat(64) }],
    ['has another role', { ...ada, role: 'viewer' as const }],
  ])('When who signed in %s, Then the session ends', async (_change, today) => {
    const session = sessions.begin(ada, true);
    const cookie = sessions.toCookie(session);
    expect(await sessions.isAlive(session)).toBe(true);

    callers.delete(ada.id);
    if (today) callers.set(ada.id, today);

    expect(await sessions.isAlive(session)).toBe(false);
    expect(await sessions.read(cookie)).toBeUndefined();
  });
});

describe('the change feed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const row = (id: string, updatedAt: number) => ({ id, updatedAt, status: 'confirmed' }) as BookingRow;

  test('When many listen, Then one poll a second for all; when none do, Then none', async () => {
    const readChanges = vi.fn(async () => [] as BookingRow[]);
    const feed = createChangeFeed({ now: Date.now, readChanges });
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
    const feed = createChangeFeed({ now: Date.now, readChanges: async () => stored });
    const passedOn: string[][] = [];
    const stop = feed.subscribe(({ rows }) => void passedOn.push(rows.map(({ id }) => id)));
    await vi.advanceTimersByTimeAsync(2_000);
    stored = [row('a', Date.now() + 1)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(passedOn).toEqual([['a'], [], ['a']]);
    stop();
  });

  test('When the store fails, Then the next poll is made all the same', async () => {
    const failed = vi.fn();
    const readChanges = vi.fn().mockRejectedValueOnce(new Error('locked')).mockResolvedValue([]);
    const stop = createChangeFeed({ now: Date.now, readChanges, failed }).subscribe(() => {});
    await vi.advanceTimersByTimeAsync(2_000);
    expect([failed.mock.calls.length, readChanges.mock.calls.length]).toEqual([1, 2]);
    stop();
  });
});
