import { waitUntil } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYER, paymentApi } from '../../payment/test/payment-service.ts';
import { REQUEST, reservationApi } from '../../reservation/test/reservation-service.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { type ReplicaStack, startReplicaStack } from '../src/replicas/replica-stack.ts';

let stack: ReplicaStack;
beforeAll(async () => {
  stack = await startReplicaStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

/** Two requests to two replicas, both of which finish their reads before either of them writes. */
async function meet<First, Second>(
  { database, tables }: { database: string; tables: string[] },
  first: () => Promise<First>,
  second: () => Promise<Second>,
): Promise<[First, Second]> {
  let replies: Promise<[First, Second]>;
  {
    await using held = await stack.postgres.holdWrites(database, tables);
    const earlier = first();
    await waitUntil('the first one waits', async () => (await held.waiting()) === 1);
    replies = Promise.all([earlier, second()]);
    await waitUntil('both wait', async () => (await held.waiting()) === 2);
  }
  return replies;
}

describe('A create and a cancel of one reference, at two replicas at once', () => {
  const writes = { database: 'reservation', tables: ['appointments', 'cancellations'] };
  const apis = () => stack.reservations.map(({ url }) => reservationApi(url)) as [Api, Api];
  type Api = ReturnType<typeof reservationApi>;

  test('When the create is first, Then it books and the cancel does not miss it', async () => {
    const [one, other] = apis();
    const [created, cancelled] = await meet(
      writes,
      () => one.create(REQUEST, 'create-first'),
      () => other.cancel('create-first'),
    );
    const { appointmentId } = created.json;
    expect([created.status, cancelled.status]).toEqual([200, 200]);
    expect(cancelled.json).toEqual({ reference: 'create-first', status: 'cancelled', appointmentId });
    expect((await one.find(appointmentId)).json.status).toBe('cancelled');
  });

  test('When the cancel is first, Then the create does not miss its tombstone', async () => {
    const [one, other] = apis();
    const [cancelled, created] = await meet(
      writes,
      () => one.cancel('cancel-first'),
      () => other.create(REQUEST, 'cancel-first'),
    );
    expect([cancelled.status, created.status, created.json.code]).toEqual([200, 409, 'cancelled']);
    const { items } = (await one.list()).json as { items: Array<{ reference: string }> };
    expect(items.map(({ reference }) => reference)).not.toContain('cancel-first');
  });
});

describe('A payment and a refund of one reference, at two replicas at once', () => {
  const writes = { database: 'payment', tables: ['payments'] };
  const apis = () => stack.payments.map(({ url }) => paymentApi(url)) as [Api, Api];
  type Api = ReturnType<typeof paymentApi>;

  test('When the payment is first, Then it is refunded', async () => {
    const [one, other] = apis();
    const [paid, refunded] = await meet(
      writes,
      () => one.pay(PAYER, 'pay-first'),
      () => other.refund('pay-first'),
    );
    // The gateway may or may not have settled it by the time of the refund; the reply agrees with it.
    const outcomes = [
      [200, 'refunded'],
      [409, 'voided'],
    ];
    expect(refunded.status).toBe(200);
    expect(outcomes).toContainEqual([paid.status, refunded.json.payment_status]);
    expect((await one.find('pay-first')).json.payment_status).toBe(refunded.json.payment_status);
    await expectGatewayAgrees(stack);
  });

  test('When the refund meets the recording of the charge, Then what was settled is refunded', async () => {
    const [one, other] = apis();
    const released = Promise.withResolvers<void>();
    stack.gateway.respondsAfter = released.promise;
    const paying = one.pay(PAYER, 'charged-first');
    await waitUntil('it is charged', () => stack.gateway.charges.has('charged-first'));
    const [paid, refunded] = await meet(
      writes,
      () => {
        released.resolve();
        return paying;
      },
      () => other.refund('charged-first'),
    );
    expect([paid.status, refunded.json.payment_status]).toEqual([200, 'refunded']);
    expect((await one.find('charged-first')).json.payment_status).toBe('refunded');
    await expectGatewayAgrees(stack);
  });

  test('When the refund is first, Then the payment does not miss its tombstone and charges nothing', async () => {
    const [one, other] = apis();
    const [refunded, paid] = await meet(
      writes,
      () => one.refund('refund-first'),
      () => other.pay(PAYER, 'refund-first'),
    );
    expect([refunded.status, refunded.json.payment_status]).toEqual([200, 'voided']);
    expect([paid.status, paid.json.code]).toEqual([409, 'voided']);
    expect([...stack.gateway.charges.keys()]).not.toContain('refund-first');
  });
});
