import { z } from 'zod';
import { holdsCardNumber } from '../text/card-number.ts';
import { digitsField, visibleAsciiField } from './fields.ts';

// A token is kept with the booking, and its hash with the payment; of a card number neither may be.
const CARD_NUMBER = '\\d(?:-?\\d){6,18}$';
const NO_CARD_NUMBER = new RegExp(`^(?!${CARD_NUMBER})`);

const paymentToken = visibleAsciiField()
  .refine((token) => NO_CARD_NUMBER.test(token) && !holdsCardNumber(token), 'must not be a card number')
  .meta({
    pattern: `^(?!${CARD_NUMBER})[\\x21-\\x7e]{1,255}$`,
    description: "What a payment provider's own form gave the client, in place of a card number.",
  });

// Card numbers have the lengths of ISO/IEC 7812 and of the guide's card; no Luhn check, which the guide's card fails.
const means = { cardNum: digitsField(7, 19).optional(), paymentToken: paymentToken.optional() };

interface Means {
  cardNum?: unknown;
  paymentToken?: unknown;
}

const isGiven = (value: unknown) => value !== undefined;
// Asked of every object, also of one whose other members do not fit.
const always = { when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null };

/**
 * A body with what a payment is made with beside its other members: `cardNum` (parsed to digits only) or `paymentToken`,
 * and exactly one of the two.
 */
export function withPaymentMeans<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .object({ ...shape, ...means })
    .refine((body: Means) => isGiven(body.cardNum) || isGiven(body.paymentToken), {
      ...always,
      path: ['cardNum'],
      error: 'must be given, or paymentToken in its place',
    })
    .refine((body: Means) => !(isGiven(body.cardNum) && isGiven(body.paymentToken)), {
      ...always,
      path: ['paymentToken'],
      error: 'must not be given beside cardNum',
    })
    .meta({ oneOf: [{ required: ['cardNum'] }, { required: ['paymentToken'] }] });
}
