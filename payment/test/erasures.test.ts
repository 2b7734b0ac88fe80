import { expect, test } from 'vitest';
import { PAYER, startPaymentService } from './payment-service.ts';

const fingerprintsIn = async ({ database }: Awaited<ReturnType<typeof startPaymentService>>) => [
  ...(await database.read.selectFrom('payments').select('fingerprint').execute()),
  ...(await database.read.selectFrom('idempotency_keys').select('fingerprint').execute()),
];

test('When payments are erased, Then nothing made with the name is left, and the ledger is as it was', async () => {
  await using service = await startPaymentService();
  await service.pay(PAYER, 'settled');
  await service.pay({ ...PAYER, cardNum: '4000000000000002' }, 'declined');
  await service.refund('tombstone');
  const before = (await service.list()).json;

  const erased = await service.erase(['settled', 'declined', 'tombstone', 'nobody-knows']);

  expect([erased.status, erased.json]).toEqual([200, { erased: 3 }]);
  expect((await service.list()).json).toEqual(before);
  expect(new Set((await fingerprintsIn(service)).map(({ fingerprint }) => fingerprint))).toEqual(new Set(['erased']));
});

test('When a payment is retried after its erasure, Then it is 410 and later 422, and nothing is charged', async () => {
  await using service = await startPaymentService();
  await service.pay(PAYER, 'settled');
  await service.refund('tombstone');
  await service.erase(['settled', 'tombstone']);

  const retry = await service.pay(PAYER, 'settled');
  expect([retry.status, retry.json.code]).toEqual([410, 'request_erased']);
  await service.database.transaction((tables) => tables.deleteFrom('idempotency_keys').execute());
  for (const key of ['settled', 'tombstone']) {
    expect((await service.pay(PAYER, key)).json.code, 'once its key is forgotten').toBe('idempotency_key_reused');
  }
  expect(await fingerprintsIn(service)).toEqual([{ fingerprint: 'erased' }, { fingerprint: 'erased' }]);
});

test('When an erased payment is refunded, Then its money goes back', async () => {
  await using service = await startPaymentService();
  await service.pay(PAYER, 'settled');
  await service.erase(['settled']);

  expect((await service.refund('settled')).json.payment_status).toBe('refunded');
});
