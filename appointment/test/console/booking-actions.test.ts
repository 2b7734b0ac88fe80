import type { SagaRecord } from 'durable-saga';
import { expect, test } from 'vitest';
import type { Booking } from '../../src/booking-store.ts';
import { bookingActions } from '../../src/console/pages/booking-actions.ts';
import { bookingParts } from '../../src/console/pages/booking-page.ts';
import { createUndecidedPayment } from '../interferences.ts';
import { startWithOperator } from './operator.ts';
import { saga, step } from './timeline-records.ts';

const buttonsOf = (rest: Partial<SagaRecord>) => {
  const form = bookingActions({ booking: { id: 'b' }, saga: saga(rest), mayAct: true, csrf: '' }).toString();
  return [...form.matchAll(/<button[^>]*>([^<]+)/g)].map(([, button]) => button);
};

test.each([
  ['completed', { result: {} }, ['Refund and release']],
  ['stuck', {}, ['Retry now', 'Pause', 'Cancel and undo']],
  ['waiting', {}, ['Pause', 'Cancel and undo']],
  ['paused', {}, ['Resume', 'Cancel and undo']],
  ['stuck', { goal: 'undo' }, ['Retry now', 'Pause']],
  ['paused', { goal: 'cancel' }, ['Resume']],
  ['pending', {}, []],
  ['cancelled', { goal: 'cancel' }, []],
] as const)('When a booking is %s with %o, Then what the API would do has its button', (status, rest, buttons) => {
  expect(buttonsOf({ status, ...rest })).toEqual(buttons);
});

async function startWaiting() {
  const running = await startWithOperator();
  const payment = createUndecidedPayment();
  running.stack.payment.interfere(payment.answer);
  const path = (await running.stack.book()).headers.get('location') as string;
  return { ...running, payment, path, page: `/console${path}` };
}

test.each(['waiting', 'paused'])(
  'When a booking that is %s is cancelled, Then with its reason, and no refund is told',
  async (from) => {
    await using running = await startWaiting();
    const { stack, operator, payment, path, page } = running;
    const csrf = await operator.csrf(page);
    if (from === 'paused') await operator.post(`${page}/pause`, { csrf });
    expect((await operator.get(page)).text).toContain(`action="${page}/cancellation"`);

    const sent = await operator.post(`${page}/cancellation`, { csrf, reason: 'no' });

    expect(sent.status).toBe(303);
    await stack.becomes(path, 'cancelled');
    expect(payment.status()).toBe('voided');
    const { text } = await operator.get(page);
    expect(text).toContain('<bdi>no</bdi></q>. The payment is called off and the slot released.');
    expect(text).toContain('Call off the payment');
    expect(text).not.toMatch(/[Rr]efund/);
  },
);

test("When a booking waits for its cardholder, Then its page leads an operator to the cardholder's, and not once it is decided", async () => {
  await using running = await startWaiting();
  const { stack, operator, payment, path, page } = running;
  const link = `<a href="https://bank.example/confirm" rel="noopener noreferrer">The cardholder's page</a>`;
  expect((await operator.get(page)).text).toContain(link);

  payment.decide('settled');
  await stack.call('PUT', path.replace('bookings', 'payment-notices'), { payment_status: 'settled' });
  await stack.becomes(path, 'confirmed');

  expect((await operator.get(page)).text).not.toContain('bank.example');
});

test('When what payment gave is no address of a page, or who looks may not act, Then no link', () => {
  const factsOf = (url: string, mayAct = true) => {
    const result = { payment_status: 'requires_action', next_action: { type: 'redirect', url } };
    const record = saga({ status: 'waiting', steps: [step('pay', { result: result as never })] });
    const booking = { id: 'b', name: 'n', doctor: 'd', date: '01-02-2031', card_last_four: '' } as Booking;
    const data = { booking, saga: record, mayAct, deliveries: [], now: 0, csrf: '', traceUrl: undefined };
    return bookingParts({ ...data, actionTimeoutMs: 900_000 }).facts?.toString();
  };
  expect(factsOf('https://bank.example/')).toContain('href="https://bank.example/"');
  expect(factsOf('https://bank.example/', false)).not.toContain('bank.example');
  expect(factsOf('javascript:alert(1)')).not.toContain('alert');
});
