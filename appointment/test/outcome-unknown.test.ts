import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { overPostgres, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectProblem, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { createHold, onlyPosts } from './interferences.ts';

const KEY = { 'idempotency-key': 'key-1' };
const TIMES = { bookingDeadlineMs: 1_000 };

/** Keeps the orchestrator from writing, as a backup tool does that holds the file's one write lock. */
function lockStore(stack: Stack): { unlock(): void } {
  const other = new DatabaseSync(join(stack.folder, 'appointment.db'));
  other.exec('BEGIN IMMEDIATE');
  return {
    unlock() {
      other.exec('ROLLBACK');
      other.close();
    },
  };
}

const hasEnded = (status: string) => ['confirmed', 'compensated', 'failed'].includes(status);

/** The retry gets what the booking came to, and the books agree with it. */
async function expectOutcome(stack: Stack, path: string): Promise<void> {
  const show = async () => (await stack.call('GET', path)).json;
  await waitUntil('the booking has ended', async () => hasEnded((await show()).status));
  const retry = await stack.book(GUIDE_REQUEST, KEY);
  expect([retry.headers.get('location'), retry.headers.get('idempotent-replayed')]).toEqual([path, 'true']);
  expect(retry.json).toEqual((await show()).reply);
  await stack.keeps(retry.status === 200 ? 1 : 0);
}

// The lock is SQLite's; `e2e/replicas` stops PostgreSQL.
describe.skipIf(overPostgres())('a store that has not said by the deadline how a booking ends', () => {
  test('When the booking is not on disk yet, Then it is 503 outcome_unknown, and a retry gets the outcome', async () => {
    await using stack = await startStack(TIMES);
    const lock = lockStore(stack);
    const reply = await stack.book(GUIDE_REQUEST, KEY);
    lock.unlock();
    expectProblem(reply, 503, 'outcome_unknown');
    expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
    const path = reply.headers.get('location') as string;
    await waitUntil('the booking is there', async () => (await stack.call('GET', path)).status === 200);
    await expectOutcome(stack, path);
  });

  test('When a step has begun, Then it is 503 outcome_unknown, and a retry gets the outcome', async () => {
    await using stack = await startStack(TIMES);
    const hold = createHold();
    stack.reservation.interfere(onlyPosts(hold.after));
    const booking = stack.book(GUIDE_REQUEST, KEY);
    await waitUntil('the slot is taken', () => hold.held() === 1);
    const lock = lockStore(stack);
    hold.release();
    const reply = await booking;
    lock.unlock();
    expectProblem(reply, 503, 'outcome_unknown');
    await expectOutcome(stack, reply.headers.get('location') as string);
  });
});
