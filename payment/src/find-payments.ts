import { presentPayment, requiresAction } from './payment.ts';
import { findPayment, findPaymentById, listPayments, type Payment, type PaymentDatabase } from './payment-store.ts';
import { paymentNotFound, paymentUndecided } from './problems.ts';
import type { PaymentsQuery } from './schema.ts';

export type FindPayments = ReturnType<typeof createFindPayments>;

/** Looks into the ledger and changes nothing. */
export function createFindPayments(database: PaymentDatabase) {
  /** @throws Problem 404 `payment_not_found`, 404 `payment_undecided` while the gateway's response is not known */
  async function one(reference: string) {
    const payment = await findPayment(database.read, reference);
    if (!payment) throw paymentNotFound();
    if (payment.status === 'pending' && !requiresAction(payment)) throw paymentUndecided();
    return presentPayment(payment);
  }

  /** The ledger page by page, the oldest first, with payments that are still pending. */
  async function page({ cursor, limit, payment_id }: PaymentsQuery) {
    if (payment_id !== undefined) return onePage(await findPaymentById(database.read, payment_id));
    const payments = await listPayments(database.read, cursor, limit);
    const last = payments.length === limit ? payments.at(-1) : undefined;
    return { items: payments.map(presentPayment), nextCursor: last ? String(last.sequence) : null };
  }

  return { one, page };
}

const onePage = (payment: Payment | undefined) => ({
  items: payment ? [presentPayment(payment)] : [],
  nextCursor: null,
});
