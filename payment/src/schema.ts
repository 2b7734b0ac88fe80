import { amountField, digitsField, textField } from '@appointments/chassis';
import { z } from 'zod';

/** The body of makePayment. Card numbers have the lengths of ISO/IEC 7812 and of the guide's card; no Luhn check. */
export const paymentRequest = z.object({ name: textField(100), cardNum: digitsField(7, 19), amount: amountField() });

export type PaymentRequest = z.output<typeof paymentRequest>;

/** All of a card number that may be kept or shown. */
export function lastFour(cardNum: string): string {
  return cardNum.slice(-4);
}
