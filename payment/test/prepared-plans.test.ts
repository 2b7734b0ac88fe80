import { overPostgres, preparedPlans } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { startPaymentService } from './payment-service.ts';

test.runIf(overPostgres())(
  'When statements are planned once for all values, Then each finds its rows by an index',
  async () => {
    await using service = await startPaymentService();
    for (const key of ['a', 'b']) expect((await service.pay(undefined, key)).status).toBe(200);

    expect(await preparedPlans(service.database)).toEqual({
      'insert into idempotency_keys (key': [],
      'insert into payments (reference': [],
      'select * from payments': [],
      'update idempotency_keys set state': [],
      'update payments set status': [],
    });
  },
);
