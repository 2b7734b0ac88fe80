import { hash } from 'node:crypto';
import { amountField, pageQuery, textField, withPaymentMeans } from '@appointments/chassis';
import { z } from 'zod';

/** The body of makePayment. */
export const paymentRequest = withPaymentMeans({ name: textField(100), amount: amountField() });

export type PaymentRequest = z.output<typeof paymentRequest>;

/** The query of the ledger: a page of it, or the one payment with an id. */
export const paymentsQuery = pageQuery.extend({
  payment_id: z.uuid('must be a payment id').optional().meta({ description: 'Only the payment with this id.' }),
});

export type PaymentsQuery = z.output<typeof paymentsQuery>;

/**
 * All that may be kept of what a payment is made with: the last four digits of a card number, or a hash of a token. A token
 * is long and random, so unlike a card number it cannot be guessed from its hash.
 */
export function keptOf({ cardNum, paymentToken }: Pick<PaymentRequest, 'cardNum' | 'paymentToken'>) {
  return {
    card_last_four: cardNum?.slice(-4) ?? null,
    token_hash: paymentToken === undefined ? null : hash('sha256', paymentToken, 'base64url'),
  };
}
