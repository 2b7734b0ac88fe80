import { defineSaga, defineStep, type StepCall } from '../../src/index.ts';

type Order = { article: string };

export interface Shop {
  perform(what: string, id: string, article: string): Promise<void>;
  undo(what: string, id: string): Promise<void>;
}

/** Declares orders as they were released, and as the next releases have them. */
export function defineOrders(shop: Shop) {
  const step = (name: string, options: { formerly?: string[] } = {}) =>
    defineStep(name, {
      run: ({ id, input }: StepCall<Order>) => shop.perform(name, id, input.article),
      undo: ({ id }) => shop.undo(name, id),
      ...options,
    });
  const [reserve, gift, pay] = [step('reserve'), step('gift'), step('pay')];

  const released = defineSaga('order', {
    steps: [reserve, gift, pay],
    async run(saga, order: Order) {
      await saga.step(reserve, order);
      await saga.sleep('pack', '1d');
      await saga.step(gift, order);
      await saga.step(pay, order);
    },
  });

  // Changed in place: orders that are under way go on with this function.
  const [check, charge, mail] = [step('check'), step('charge', { formerly: ['pay'] }), step('mail')];
  const changed = defineSaga('order', {
    steps: [check, reserve, charge, mail],
    retired: [gift], // completed orders have it in their logs and may be cancelled
    async run(saga, order: Order) {
      await saga.step(check, order); // inserted: an order that is under way runs it when it goes on
      await saga.step(reserve, order);
      await saga.sleep('pack', '1d');
      await saga.step(charge, order); // renamed
      await saga.step(mail, order); // appended
    },
  });

  // Changed beside it: orders that are under way end as they began, new ones are of version 2.
  const second = defineSaga('order', {
    version: 2,
    steps: [charge, mail],
    async run(saga, order: Order) {
      await saga.step(charge, order);
      await saga.step(mail, order);
    },
  });

  return { released, changed, second };
}
