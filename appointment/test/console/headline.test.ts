import type { SagaRecord } from 'durable-saga';
import { describe, expect, test } from 'vitest';
import { actionNotice } from '../../src/console/pages/action-notice.ts';
import { headline, rowReason } from '../../src/console/pages/headline.ts';
import { timelineView } from '../../src/console/pages/timeline-view.ts';
import { effort, move, saga, step, timelineOf, untried } from './timeline-records.ts';

const NOON = Date.UTC(2031, 2, 4, 12);
const at = (seconds: number) => NOON + seconds * 1_000;
const NOW = at(60);

const reserve = step('reserve', { result: { appointmentId: '7', fee: '1000.00' } });
const paid = step('pay', { result: { payment_status: 'settled', payment_id: 'p' } });
const failures = (count: number, code: string) => Array.from({ length: count }, (_, one) => ({ at: at(one), code }));
const failing = (status: 'running' | 'failed', tries: number, code: string) => ({
  ...untried,
  status,
  attempts: tries,
  startedAt: NOON,
  code,
  failures: failures(tries, code),
});

const record = (rest: Partial<SagaRecord>) => saga({ worker: null, progressAt: NOON, updatedAt: NOON, ...rest });
const textOf = (rest: Partial<SagaRecord>) =>
  headline(record(rest), NOW, 900_000)
    .toString()
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
const rowOf = (rest: Partial<SagaRecord>) => rowReason(record(rest));

const declined = { step: 'pay', code: 'card_declined', data: { status: 402 } };
const waitForHolder = step('payment decided', {
  kind: 'wait',
  status: 'running',
  startedAt: NOON,
  wakeAt: at(5),
  undo: null,
});

describe('what a booking says of itself', () => {
  const refundFails = {
    goal: 'undo' as const,
    failure: { step: 'pay', code: 'timeout', data: null },
    steps: [reserve, { ...paid, undo: failing('failed', 15, 'timeout') }],
    dueAt: at(62.4),
  };

  test('When a refund fails again and again, Then what, since when, how often, when again, and that money is at stake', () => {
    const failsSo = 'Refund failing: payment did not respond in time, 15 tries since 12:00:00 UTC, next in 3 s. ';
    const money = 'The fee of 1000.00 is paid and not refunded yet.';
    expect(textOf({ ...refundFails, status: 'stuck' })).toBe(
      `${failsSo}Rolled back because payment did not respond in time. ${money}`,
    );
    const heldBack = {
      ...failing('failed', 15, 'timeout'),
      failures: [...failures(14, 'timeout'), { at: at(20), code: 'circuit_open' }],
    };
    expect(textOf({ ...refundFails, status: 'stuck', steps: [reserve, { ...paid, undo: heldBack }] })).toContain(
      failsSo,
    );
    expect(textOf({ ...refundFails, status: 'compensating', worker: 'w' })).toContain('UTC, being tried now. ');
    expect(textOf({ ...refundFails, status: 'compensating' })).toContain(money);
    expect(rowOf({ ...refundFails, status: 'stuck' })).toEqual({
      text: 'Refund failing: payment did not respond in time',
      since: NOON,
    });
  });

  test('When it is paused with money at stake, Then who did it, when and why, and what had failed', () => {
    const history = [move('pause', at(30), { by: 'ada@desk', reason: 'The bank is asked.' })];
    const text = textOf({ ...refundFails, status: 'paused', history });
    expect(text).toContain(
      'Paused by ada@desk at 12:00:30 UTC: The bank is asked. It goes on when an operator resumes it. ',
    );
    expect(text).toContain('Refund failing: payment did not respond in time. The fee of 1000.00 is paid');
    expect(rowOf({ ...refundFails, status: 'paused', history })).toEqual({ text: 'by ada@desk: The bank is asked.' });
  });

  test('When it waits for the cardholder, Then since when, also once payment has been asked in between', () => {
    const over = { ...waitForHolder, status: 'failed' as const, code: 'timed_out' };
    const again = { ...waitForHolder, startedAt: at(5), wakeAt: at(15) };
    const waiting = { status: 'waiting', steps: [reserve, over, again] } as const;
    expect(textOf(waiting)).toBe(
      'The cardholder has to confirm the payment since 12:00:00 UTC. It is called off at 12:15:00 UTC.',
    );
    expect(rowOf(waiting)).toEqual({ text: 'for the cardholder', since: at(0) });
  });

  test('When it is being undone, Then why, and what comes next', () => {
    const undoing = { status: 'compensating', goal: 'undo', failure: declined } as const;
    const steps = [
      { ...reserve, undo: { ...untried, status: 'pending' as const } },
      step('pay', { status: 'failed', code: 'card_declined', undo: null }),
    ];
    expect(textOf({ ...undoing, steps })).toBe(
      'Rolled back because the card was declined. Release of the slot comes next.',
    );
    expect(rowOf({ ...undoing, steps })).toEqual({ text: 'the card was declined' });
  });

  test('When attempts fail while it is pending, Then that is said at once, and that the fee may be gone', () => {
    const steps = [reserve, step('pay', { ...failing('running', 2, 'reset'), status: 'running' })];
    expect(textOf({ steps, worker: 'w' })).toBe(
      'Payment failing: the connection to payment broke off, 2 tries since 12:00:00 UTC, being tried now. ' +
        'The fee of 1000.00 may have been paid already.',
    );
    expect(rowOf({ steps })).toEqual({ text: 'Payment failing: the connection to payment broke off', since: NOON });
    expect(textOf({ steps: [reserve] })).toBe('The booking is being made.');
    expect(rowOf({ steps: [reserve] })).toBeUndefined();
  });

  test('When the code no longer fits the log, Then that it cannot go on, and why', () => {
    const text = textOf({
      status: 'stuck',
      steps: [reserve],
      reschedules: 5,
      reason: { step: null, code: 'function_changed' },
      dueAt: at(10),
    });
    expect(text).toBe(
      'Cannot go on: the code no longer fits the log, 5 tries since 12:00:00 UTC, next at once. function_changed',
    );
  });

  test('When it has ended, Then why, and nothing of money that is back', () => {
    const back = { ...paid, undo: { ...effort, status: 'done' as const } };
    const ended = { status: 'compensated', goal: 'undo', failure: declined, steps: [reserve, back] } as const;
    expect(textOf(ended)).toBe('The card was declined. What had been done was undone.');
    const history = [move('cancel', NOON, { reason: 'The doctor is ill.' })];
    expect(textOf({ status: 'cancelled', goal: 'cancel', steps: [reserve, back], history })).toBe(
      'Cancelled by alice at 12:00:00 UTC: The doctor is ill. The fee is refunded and the slot released.',
    );
    expect(rowOf({ status: 'cancelled', goal: 'cancel', steps: [reserve, back], history })).toBeUndefined();
    expect(textOf({ status: 'completed', steps: [reserve, paid] })).toBe(
      'The appointment is reserved and its fee is paid.',
    );
  });

  test('When an operator gave a reason without a full stop, Then one stands behind it', () => {
    const sayWith = (reason: string) =>
      textOf({ status: 'paused', steps: [reserve], history: [move('pause', NOON, { reason })] });
    expect(sayWith('no')).toContain(': no. It goes on');
    expect(sayWith('Why?')).toContain(': Why? It goes on');
  });

  test('When calls are held back, Then headline, timeline and notice tell the one cause, and one of them when it goes on', () => {
    const undo = {
      ...failing('failed', 3, 'circuit_open'),
      failures: [
        { at: NOON, code: 'refused' },
        { at: at(5), code: 'circuit_open' },
      ],
    };
    const stuck = record({
      ...refundFails,
      status: 'stuck',
      steps: [reserve, { ...paid, undo }],
      reschedules: 3,
      reason: { step: 'pay', code: 'circuit_open' },
    });
    const told = [
      headline(stuck, NOW, 900_000),
      timelineView(timelineOf(stuck)),
      actionNotice({ action: 'retry' }, stuck),
    ].map((part) => part.toString());
    const now = timelineOf(stuck).at(-1)?.detail;
    expect(told[0]).toContain('payment could not be reached');
    expect(now).toBe('The last 3 runs did not finish, because the service could not be reached (“Refund the fee”)');
    expect(told[2]).toContain('payment: the service could not be reached.');
    expect(told.filter((part) => /next (in|at|one)/.test(part))).toHaveLength(1);
  });
});
