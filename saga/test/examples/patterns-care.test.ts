import { describe, expect, test, vi } from 'vitest';
import { mistakes } from '../../examples/patterns/mistakes.ts';
import { definePurchase, type Peers, Unclear } from '../../examples/patterns/no-second-run.ts';
import { definePublication, ordersMigration, placeOrder, type Tables } from '../../examples/patterns/outbox.ts';
import { definePayLater } from '../../examples/patterns/secret.ts';
import { createTestSagas, type TestSagas } from '../../testing/index.ts';

describe('steps that must not run twice', () => {
  /** A purchase whose peers note each call, and of which one step may crash the process once it has had its effect. */
  async function openPurchase(overrides: Partial<Peers> = {}) {
    const calls: string[] = [];
    const peers: Peers = {
      redeem: async (code) => void calls.push(`redeem ${code}`),
      async charge(_id, fee) {
        calls.push(`charge ${fee}`);
        return { receipt: 'r-1' };
      },
      findCharge: async () => (calls.some((call) => call.startsWith('charge')) ? { receipt: 'r-1' } : undefined),
      refund: async () => void calls.push('refund'),
      dispatch: async () => ({ parcel: 'p-1' }),
      ...overrides,
    };
    const purchase = definePurchase(peers);
    const sagas = await createTestSagas({ definitions: [purchase] });
    const [redeem, charge] = [...purchase.steps.values()];
    const buy = () => sagas.start(purchase, { fee: '9.00', code: '1234' }, { id: 'purchase-1' });
    return { sagas, calls, redeem, charge, buy, [Symbol.asyncDispose]: sagas.close };
  }
  const rested = (sagas: TestSagas) => sagas.untilRested('purchase-1');

  test('When the process dies in the charge, Then what became of it is found, and it is not charged again', async () => {
    await using purchase = await openPurchase({
      async charge(_id, fee) {
        purchase.calls.push(`charge ${fee}`);
        return new Promise(() => {});
      },
    });
    await purchase.buy();
    await purchase.sagas.crash();

    expect(await rested(purchase.sagas)).toMatchObject({ result: { receipt: 'r-1', parcel: 'p-1' } });
    expect(purchase.calls).toEqual(['redeem 1234', 'charge 9.00']);
  });

  test('When the process dies in the redeeming, Then the code is not used again', async () => {
    await using purchase = await openPurchase({
      async redeem(code) {
        purchase.calls.push(`redeem ${code}`);
        return new Promise(() => {});
      },
    });
    await purchase.buy();
    await purchase.sagas.crash();

    expect(await rested(purchase.sagas)).toMatchObject({ failure: { step: 'redeem', code: 'interrupted' } });
    expect(purchase.calls).toEqual(['redeem 1234']);
  });

  test('When the response of the charge is lost, Then it is refunded and not charged again', async () => {
    await using purchase = await openPurchase({
      async charge(_id, fee) {
        purchase.calls.push(`charge ${fee}`);
        throw new Unclear('no response');
      },
    });
    await purchase.buy();

    expect(await rested(purchase.sagas)).toMatchObject({ status: 'compensated', failure: { code: 'unclear' } });
    expect(purchase.calls).toEqual(['redeem 1234', 'charge 9.00', 'refund']);
  });
});

test('When a payment waits for a day and crashes, Then it charges the token, and the log never had the card', async () => {
  const charged: string[] = [];
  const payLater = definePayLater({
    deposit: async () => ({ token: 'token-1' }),
    forget: async () => {},
    async charge(_id, token, fee) {
      charged.push(`${fee} from ${token}`);
      return { receipt: 'r-1' };
    },
    refund: async () => {},
  });
  await using sagas = await createTestSagas({ definitions: [payLater] });
  const card = '4242424242424242';

  const waiting = await sagas.run(payLater, { fee: '9.00' }, { id: 'payment-1', secret: card });
  await sagas.crash();
  await sagas.advance('1d');

  expect(await sagas.untilRested('payment-1')).toMatchObject({ result: { receipt: 'r-1' } });
  expect(charged).toEqual(['9.00 from token-1']);
  expect(JSON.stringify([waiting, await sagas.log('payment-1')])).not.toContain(card);
});

describe('the outbox', () => {
  async function openOutbox() {
    const published: string[] = [];
    const publication = definePublication(async (id, article) => void published.push(`${article}, ${id}`));
    const sagas = await createTestSagas<Tables>({
      definitions: [publication],
      migrations: { 'orders-001': ordersMigration },
    });
    const outbox = { store: sagas.store, sagas: sagas.sagas, publication };
    const orders = async () => (await sagas.store.read.selectFrom('orders').select('id').execute()).map(({ id }) => id);
    return { sagas, published, outbox, orders, [Symbol.asyncDispose]: sagas.close };
  }

  test('When an order is written, Then it is published, though the process dies at once', async () => {
    await using shop = await openOutbox();

    expect(await placeOrder(shop.outbox, { id: 'order-1', article: 'book' })).toBe(true);
    await shop.sagas.crash();
    await shop.sagas.untilRested('publication of order-1');

    expect(shop.published).toEqual(['book, publication of order-1']);
  });

  test('When the transaction is rolled back, Then there is neither an order nor a publication', async () => {
    await using shop = await openOutbox();
    const { store } = shop.outbox;
    const failing: typeof store = {
      ...store,
      transaction: (work, options) =>
        store.transaction(async (tables) => {
          await work(tables);
          throw new Error('rolled back');
        }, options),
    };

    await expect(placeOrder({ ...shop.outbox, store: failing }, { id: 'order-1', article: 'book' })).rejects.toThrow();
    await shop.sagas.advance('1m');

    expect(await shop.orders()).toEqual([]);
    expect(shop.published).toEqual([]);
  });
});

describe('mistakes', () => {
  test.each(Object.entries(mistakes))(
    'When a function makes the mistake %s, Then the engine says so',
    async (code, saga) => {
      // The moment that one of them depends on.
      const moments = vi.spyOn(Math, 'random').mockReturnValueOnce(0.1).mockReturnValue(0.9);
      await using sagas = await createTestSagas({ definitions: [saga], stuckAfterMs: 20_000 });
      await sagas.start(saga, 'a note' as never, { id: 'saga-1' });
      await sagas.advance('2m');
      moments.mockRestore();

      const { failure, reason } = await sagas.log('saga-1');
      expect((failure ?? reason)?.code).toBe(code);
    },
  );
});
