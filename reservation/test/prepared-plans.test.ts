import { overPostgres, preparedPlans } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { startReservationService } from './reservation-service.ts';

test.runIf(overPostgres())(
  'When statements are planned once for all values, Then each finds its rows by an index',
  async () => {
    await using service = await startReservationService();
    for (const key of ['a', 'b']) expect((await service.create(undefined, key)).status).toBe(200);
    await service.cancel('a');

    expect(await preparedPlans(service.database)).toEqual({
      'insert into appointments (reference': [],
      'insert into idempotency_keys (key': [],
      'select * from appointments': [],
      'select * from cancellations': [],
      'select time from appointments': [],
      'update idempotency_keys set state': [],
    });
  },
);
