import type { SagaRecord, StepRecord } from 'durable-saga';
import { describe, expect, test } from 'vitest';
import { headline, rowReason } from '../../src/console/pages/headline.ts';
import { timelineOf } from '../../src/console/pages/timeline.ts';
import { during, entryOf, saga, step, titlesOf, undone } from './timeline-records.ts';

const SECOND = 1_000;
const TIMEOUT = 60 * SECOND;

const reserve = step('reserve', {
  ...during(-40, -30),
  result: { appointmentId: '7', fee: '1000.00' },
});
const begun = (status: string, rest: Partial<StepRecord> = {}) =>
  step('pay', { ...during(-30, -20), result: { payment_status: status, payment_id: 'p' }, ...rest });
const wait = (from: number, to: number | null, wakeAt: number): StepRecord =>
  step('payment decided', {
    ...during(from, to),
    kind: 'wait',
    attempts: 0,
    undo: null,
    wakeAt,
    ...(to === null ? { status: 'running' } : { status: 'failed', code: 'timed_out' }),
  });
const ask = (at: number, rest: Partial<StepRecord> = {}) =>
  step('ask payment', { ...during(at, at), undo: null, ...rest });

// Of a minute the waits are 5, 10, 20 and 25 seconds.
const asked = [wait(0, 5_000, 5_000), ask(5_000), wait(5_000, 15_000, 15_000), ask(15_000)];
const open = [...asked, wait(15_000, null, 35_000)];
const waiting = (status = 'requires_action') =>
  saga({
    status: 'waiting',
    steps: [reserve, begun(status), step('announce action', { ...during(-20, 0), undo: null }), ...open],
  });
const timeline = (record: SagaRecord) => timelineOf(record, TIMEOUT);
const entry = (record: SagaRecord, title: string) => timeline(record).find((one) => one.title === title);
const said = (record: SagaRecord) =>
  headline(record, 0, TIMEOUT)
    .toString()
    .replaceAll(/<[^>]+>/g, '');

describe('a payment that is decided later', () => {
  test('When it waits and payment was asked, Then that is one line, with how often, and when it is called off', () => {
    expect(titlesOf(waiting())).toEqual([
      'Request accepted',
      'Reserve a slot',
      'Begin the payment',
      'Tell webhooks that it waits',
      'Wait for the cardholder',
    ]);
    expect(entry(waiting(), 'Wait for the cardholder')).toMatchObject({
      word: 'awaited',
      at: 0,
      last: { words: 'Payment was asked 2 times, the last at', at: 15_000 },
      due: { words: 'Called off at', at: 60_000 },
    });
    expect(said(waiting())).toBe(
      'The cardholder has to confirm the payment since 00:00:00 UTC. It is called off at 00:01:00 UTC.',
    );
  });

  test('When the gateway decides, Then nothing says that the cardholder has to', () => {
    const text = said(waiting('processing'));
    expect(text).toContain('The payment is decided by its gateway, and awaited since');
    expect(titlesOf(waiting('processing'))).toContain('Wait for the gateway');
    expect(rowReason(waiting('processing'))?.text).toBe('for the gateway');
  });

  test('When it is settled, declined or too late, Then the line says which', () => {
    const ended = (last: StepRecord[], rest: Partial<SagaRecord>) =>
      entry(saga({ ...rest, steps: [reserve, begun('requires_action'), ...last] }), 'Wait for the cardholder');
    const settled = ask(15_000, { result: { payment_status: 'settled' } });
    expect(ended([...asked.slice(0, 3), settled], { status: 'completed', result: {} })).toMatchObject({
      word: 'settled',
      durationMs: 15_000,
    });
    const declined = ask(15_000, { status: 'failed', code: 'card_declined', result: null });
    const failure = { step: 'ask payment', code: 'card_declined', data: { status: 402 } };
    expect(ended([...asked.slice(0, 3), declined], { status: 'compensated', goal: 'undo', failure })).toMatchObject({
      word: 'not settled',
      detail: 'The card was declined',
    });
    const late = { step: null, code: 'action_timed_out', data: { status: 402 } };
    const over = ended(asked, { status: 'compensated', goal: 'undo', failure: late });
    expect(over).toMatchObject({ mark: 'failed', word: 'not settled in time' });
    expect(over).not.toHaveProperty('due');
  });

  test('When it was resumed, Then the end says for whom it waits', () => {
    const history = [{ move: 'resume', at: 20_000, by: 'alice', reason: null, id: 'r' } as const];
    expect(timeline({ ...waiting(), history }).at(-1)).toMatchObject({
      title: 'Waiting',
      detail: 'For the cardholder',
    });
  });
});

describe('the undo of a payment', () => {
  const cancelled = (steps: StepRecord[], result: Record<string, never> | null = null) =>
    saga({ status: 'cancelled', goal: 'cancel', result, steps });

  test('When no money had moved, Then the payment is called off', () => {
    const record = cancelled([reserve, begun('requires_action', { undo: undone }), ...open]);
    expect(entryOf(record, 'Call off the payment')).toMatchObject({ way: 'back', word: 'done' });
    expect(said(record)).toBe('The payment is called off and the slot released.');
  });

  test('When its cardholder had confirmed, Then the fee is refunded', () => {
    const settled = ask(15_000, { result: { payment_status: 'settled' } });
    const record = cancelled([reserve, begun('requires_action', { undo: undone }), ...asked, settled], {});
    expect(entryOf(record, 'Refund the fee')).toMatchObject({ way: 'back', word: 'done' });
    expect(said(record)).toBe('The fee is refunded and the slot released.');
  });

  test.each(['unknown', 'running'] as const)(
    'When nobody knows whether it was paid, for it is %s in the log, Then that is said',
    (status) => {
      const record = cancelled([reserve, step('pay', { status, undo: undone })]);
      expect(entryOf(record, 'Refund the fee if it was paid')).toMatchObject({ way: 'back', word: 'done' });
      expect(titlesOf(record)).not.toContain('Refund the fee');
      expect(said(record)).toContain('refunded where it had been paid');
    },
  );

  test('When it never was, Then that is said', () => {
    expect(said(cancelled([reserve]))).toContain('Nothing was paid');
  });
});
