import type { ChargeResult, PaymentGateway } from './gateway.ts';

// The numbers and tokens are Stripe's, which many people know by heart: https://docs.stripe.com/testing
const TEST_CARDS: ReadonlyMap<string, ChargeResult> = new Map([
  ['4000000000000002', { status: 'declined', declineCode: 'generic_decline' }],
  ['tok_chargeDeclined', { status: 'declined', declineCode: 'generic_decline' }],
  ['4000000000009995', { status: 'declined', declineCode: 'insufficient_funds' }],
  ['tok_chargeDeclinedInsufficientFunds', { status: 'declined', declineCode: 'insufficient_funds' }],
  ['4000000000000119', { status: 'undecided' }],
]);

/** A gateway that moves no money: a few test cards and tokens fail, every other one settles. */
export function createSandboxGateway(): PaymentGateway {
  return {
    charge: async ({ cardNum, paymentToken }) => TEST_CARDS.get(cardNum ?? paymentToken ?? '') ?? { status: 'settled' },
    // There is nothing to refund, and the ledger bars the late charge by itself.
    reverse: async () => {},
  };
}
