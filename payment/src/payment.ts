import { formatAmount, jsonReply, Problem, type Reply, refusalReply } from '@appointments/chassis';
import type { ChargeResult } from './gateway.ts';
import type { Payment } from './payment-store.ts';

/**
 * `pending` until the gateway has responded, then `settled` or `declined`. `voiding` and `refunding` say that a reversal
 * was begun and has to be finished: of a charge that no client knows of, or of a settled one.
 */
export type PaymentStatus = 'pending' | 'settled' | 'declined' | 'voiding' | 'voided' | 'refunding' | 'refunded';

/**
 * The status after the gateway's result of a charge. Only a pending payment takes the result as it is: where a reversal
 * was faster, or the result contradicts an earlier one, money that may have moved has to go back.
 */
export function afterCharge(status: PaymentStatus, outcome: ChargeResult['status']): PaymentStatus {
  switch (status) {
    case 'pending':
      return outcome === 'undecided' ? 'voiding' : outcome;
    case 'settled':
      return 'settled';
    case 'declined':
    case 'voiding':
    case 'voided':
      return outcome === 'declined' ? status : 'voiding';
    case 'refunding':
    case 'refunded':
      return outcome === 'declined' ? status : 'refunding';
  }
}

/** The status once a refund is asked for; undefined stands for a reference that is not known yet. */
export function afterRefundRequest(status: PaymentStatus | undefined): PaymentStatus {
  switch (status) {
    case undefined:
    case 'declined':
      return 'voided';
    case 'pending':
      return 'voiding';
    case 'settled':
      return 'refunding';
    case 'voiding':
    case 'voided':
    case 'refunding':
    case 'refunded':
      return status;
  }
}

/** The status once the gateway has confirmed the reversal. */
export function afterReversal(status: PaymentStatus): PaymentStatus {
  if (status === 'voiding') return 'voided';
  return status === 'refunding' ? 'refunded' : status;
}

/** Whether a reversal was begun that is not known to have ended. */
export function isBeingReversed({ status }: Pick<Payment, 'status'>): boolean {
  return status === 'voiding' || status === 'refunding';
}

/** The reply to makePayment for a payment as the ledger has it; undefined where the gateway is still to be called. */
export function replyTo(payment: Payment, route: string): Reply | undefined {
  switch (payment.status) {
    case 'pending':
      return undefined;
    case 'settled':
      return jsonReply(200, { payment_status: 'settled', payment_id: payment.payment_id });
    case 'declined':
      return refusalReply(cardDeclined(payment.decline_code), route);
    case 'voiding':
    case 'voided':
    case 'refunding':
    case 'refunded':
      return refusalReply(voided(), route);
  }
}

const cardDeclined = (declineCode: string | null) =>
  new Problem(402, 'card_declined', { detail: 'The card was declined.', extensions: { declineCode } });

const voided = () => new Problem(409, 'voided', { detail: 'This reference was refunded or voided before.' });

/** The reply to makePayment for a charge that the gateway could not decide on and that was therefore reversed. */
export function processingErrorReply(route: string): Reply {
  const detail = 'The gateway could not process the charge; nothing was kept.';
  return refusalReply(new Problem(402, 'processing_error', { detail }), route);
}

/** A payment as the API shows one, with what is known of it: a tombstone has neither id nor amount nor card. */
export function presentPayment({ reference, payment_id, status, amount, card_last_four }: Payment) {
  return {
    reference,
    ...(payment_id !== null && { payment_id }),
    payment_status: shownStatus(status),
    ...(amount !== null && { amount: formatAmount(amount) }),
    ...(card_last_four !== null && { card: `•••• ${card_last_four}` }),
  };
}

/** Money counts as settled until its refund is done; a payment that is being voided was never reported as settled. */
function shownStatus(status: PaymentStatus) {
  if (status === 'refunding') return 'settled';
  return status === 'voiding' ? 'voided' : status;
}

/** The reply to a refund that is done. */
export function presentRefund({ reference, payment_id, status }: Payment) {
  return { reference, payment_status: status, ...(payment_id !== null && { payment_id }) };
}
