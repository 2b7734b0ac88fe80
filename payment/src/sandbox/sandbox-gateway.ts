import type { ChargeResult, PaymentGateway } from '../gateway.ts';
import type { PaymentDatabase } from '../payment-store.ts';
import { type Challenge, decideChallenge, decisionOf, findChallenge, openChallenge } from './challenge-store.ts';

// The numbers and tokens are Stripe's, which many people know by heart: https://docs.stripe.com/testing
const RESULTS: ReadonlyMap<string, ChargeResult> = new Map([
  ['4000000000000002', { status: 'declined', declineCode: 'generic_decline' }],
  ['tok_chargeDeclined', { status: 'declined', declineCode: 'generic_decline' }],
  ['4000000000009995', { status: 'declined', declineCode: 'insufficient_funds' }],
  ['tok_chargeDeclinedInsufficientFunds', { status: 'declined', declineCode: 'insufficient_funds' }],
  ['4000000000000119', { status: 'undecided' }],
]);
// What follows once the cardholder has approved.
const CHALLENGES: ReadonlyMap<string, Challenge['once_approved']> = new Map([
  ['4000002760003184', 'settled'],
  ['tok_threeDSecure2Required', 'settled'],
  ['4000008260003178', 'insufficient_funds'],
]);

export interface SandboxGatewayOptions {
  /** Keeps what cardholders are asked. */
  database: PaymentDatabase;
  /** Where browsers reach this service, without a slash at its end. */
  publicUrl: string;
}

/** The path of the page on which the cardholder decides. */
export const challengePath = (paymentId: string): string => `/payment/challenges/${paymentId}`;

/** A gateway that moves no money: a few test cards and tokens fail or ask their holder, every other one settles. */
export function createSandboxGateway({ database, publicUrl }: SandboxGatewayOptions): PaymentGateway {
  async function challenge(reference: string, onceApproved: Challenge['once_approved']): Promise<ChargeResult> {
    const opened = await database.transaction((tables) => openChallenge(tables, reference, onceApproved));
    return decisionOf(opened) ?? { status: 'requires_action', url: publicUrl + challengePath(opened.payment_id) };
  }

  return {
    async charge({ reference, cardNum, paymentToken }) {
      const means = cardNum ?? paymentToken ?? '';
      const onceApproved = CHALLENGES.get(means);
      return onceApproved ? challenge(reference, onceApproved) : (RESULTS.get(means) ?? { status: 'settled' });
    },
    async find(reference) {
      const asked = await findChallenge(database.read, 'reference', reference);
      return asked && decisionOf(asked);
    },
    // No money to refund. A challenge that is open is closed, so that its cardholder cannot approve it any more.
    async reverse(reference) {
      await database.transaction((tables) => decideChallenge(tables, reference, 'voided'));
    },
  };
}
