import { overPostgres, preparedPlans } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { startStack } from './appointment-stack.ts';

test.runIf(overPostgres())(
  'When statements are planned once for all values, Then each finds its rows by an index',
  async () => {
    await using stack = await startStack();
    for (const key of ['a', 'b']) expect((await stack.book(undefined, { 'idempotency-key': key })).status).toBe(200);

    expect(await preparedPlans(stack.database())).toEqual({
      'insert into bookings (id': [],
      'insert into idempotency_keys (key': [],
      'insert into sagas (id': [],
      'update idempotency_keys set state': [],
      'update sagas set status': [],
      'update sagas set steps': [],
    });
  },
);
