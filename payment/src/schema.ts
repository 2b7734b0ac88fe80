import { amountField, referenceField, textField } from '@appointments/chassis';
import { z } from 'zod';

const CARD_NUMBER = /^\d(?:[ -]*\d){6,18}$/;

/** 7 to 19 digits, the lengths of ISO/IEC 7812 and of the guide's card; parses to the digits alone. No Luhn check. */
function cardNumberField() {
  return z
    .string('must be a string')
    .regex(CARD_NUMBER, 'must have 7 to 19 digits, with nothing but spaces and dashes between them')
    .transform((text) => text.replaceAll(/[ -]/g, ''));
}

/** The body of makePayment. */
export const paymentRequest = z.object({ name: textField(100), cardNum: cardNumberField(), amount: amountField() });

export type PaymentRequest = z.output<typeof paymentRequest>;

/** All of a card number that may be kept or shown. */
export function lastFour(cardNum: string): string {
  return cardNum.slice(-4);
}

export const pageQuery = z.object({
  cursor: z.coerce.number('must be a cursor from an earlier page').int().min(0).default(0),
  limit: z.coerce.number('must be a number').int().min(1).max(500).default(100),
});

export const referenceParam = z.object({ reference: referenceField() });
