import { expect, test } from 'vitest';
import type { PaymentGateway } from '../src/gateway.ts';
import { gatewayUnavailable } from '../src/problems.ts';
import { countUnfinishedReversals } from '../src/unfinished-reversals.ts';
import { PAYER, paymentApi, startPaymentService } from './payment-service.ts';

const MINUTE = 60_000;

/** A gateway whose reversals fail for the references that the test names. */
function createPartlyBrokenGateway() {
  const tried: string[] = [];
  const broken = new Set<string>();
  const gateway: PaymentGateway = {
    charge: async () => ({ status: 'settled' }),
    find: async () => undefined,
    reverse: async (reference) => {
      tried.push(reference);
      if (broken.has(reference)) throw gatewayUnavailable();
    },
  };
  return { gateway, tried, broken };
}

async function startWithFailing(count: number) {
  const clock = { now: 1_000_000_000 };
  const psp = createPartlyBrokenGateway();
  const service = await startPaymentService({ gateway: psp.gateway, now: () => clock.now });
  for (let index = 0; index < count; index += 1) {
    const reference = `broken-${index}`;
    psp.broken.add(reference);
    await service.pay(PAYER, reference);
    await service.refund(reference);
  }
  psp.tried.length = 0;
  return { clock, psp, service, round: () => service.reversals.finishAll(service.logger) };
}

test('When a hundred reversals fail, Then number 101 is tried at once, and each of the hundred again', async () => {
  const { clock, psp, service, round } = await startWithFailing(100);
  await using _ = service;
  psp.broken.add('late');
  await service.pay(PAYER, 'late');
  await service.refund('late');
  psp.broken.delete('late');
  psp.tried.length = 0;

  await round();
  await round();
  expect(psp.tried).toContain('late');
  expect((await service.find('late')).json.payment_status).toBe('refunded');
  expect(new Set(psp.tried).size).toBe(101);

  psp.broken.clear();
  clock.now += 5 * MINUTE;
  await round();
  expect((await countUnfinishedReversals(service.database.read)).map(({ count }) => count)).toEqual([0, 0]);
});

test('When a reversal fails again and again, Then it waits longer each time, and five minutes at most', async () => {
  const { clock, psp, service, round } = await startWithFailing(1);
  await using _ = service;
  const waits: number[] = [];

  for (let lastTry = clock.now; waits.length < 9; ) {
    clock.now += 1_000;
    const before = psp.tried.length;
    await round();
    if (psp.tried.length === before) continue;
    waits.push((clock.now - lastTry) / 1_000);
    lastTry = clock.now;
  }

  expect(waits).toEqual([1, 5, 10, 20, 40, 80, 160, 300, 300]);
});

test('When the clock was set back since it failed, Then it is tried all the same', async () => {
  const { clock, psp, service, round } = await startWithFailing(1);
  await using _ = service;
  await round();

  clock.now -= 60 * MINUTE;
  psp.broken.clear();
  await round();

  expect((await service.find('broken-0')).json.payment_status).toBe('refunded');
});

test('When reversals fail, Then the metrics say how many, how much and since when', async () => {
  const { clock, service } = await startWithFailing(3);
  await using _ = service;
  clock.now += 2 * MINUTE;

  const page = await (await fetch(`${paymentApi(service.url).url}/metrics`)).text();

  expect(page).toContain('payments_reversals_unfinished{status="refunding"} 3\n');
  expect(page).toContain('payments_reversals_unfinished{status="voiding"} 0\n');
  expect(page).toContain(`payments_owed{status="refunding"} ${3 * Number(PAYER.amount)}\n`);
  expect(page).toContain('payments_reversal_age_seconds{status="refunding"} 120\n');
});

test('When more is owed than a number can hold, Then the sum is exact and the metrics go on', async () => {
  const { service } = await startWithFailing(0);
  await using _ = service;
  const LARGEST = 99_999_999_999_999;
  const COUNT = 250;
  await service.database.transaction((tables) =>
    tables
      .insertInto('payments')
      .values(
        Array.from({ length: COUNT }, (_, count) => ({
          reference: `owed-${count}`,
          amount: LARGEST,
          status: 'voiding' as const,
          created_at: 0,
          updated_at: 0,
        })),
      )
      .execute(),
  );

  const [voiding] = await countUnfinishedReversals(service.database.read);
  const page = await (await fetch(`${service.url}/metrics`)).text();

  expect(voiding).toMatchObject({ status: 'voiding', count: COUNT, amount: BigInt(LARGEST) * BigInt(COUNT) });
  expect(page).toContain(`payments_owed{status="voiding"} ${(LARGEST * COUNT) / 100}\n`);
});
