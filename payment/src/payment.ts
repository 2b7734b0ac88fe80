import { formatAmount, jsonReply, type Reply, refusalReply } from '@appointments/chassis';
import type { PaymentStatus } from './payment-status.ts';
import type { Payment } from './payment-store.ts';
import { cardDeclined, processingError, voided } from './problems.ts';

/** Whether a payment waits for its cardholder, or for a gateway that decides later. */
export function isWaiting({ status, waiting_since }: Payment): boolean {
  return status === 'pending' && waiting_since !== null;
}

/** Whether a payment waits for its cardholder. */
export function requiresAction(payment: Payment): boolean {
  return isWaiting(payment) && payment.action_url !== null;
}

/** The reply to makePayment for a payment as the ledger has it; undefined where the gateway is still to be called. */
export function replyTo(payment: Payment, route: string): Reply | undefined {
  switch (payment.status) {
    case 'pending':
      return isWaiting(payment) ? jsonReply(202, presentWaiting(payment)) : undefined;
    case 'settled':
      return jsonReply(200, { payment_status: 'settled', payment_id: payment.payment_id });
    case 'declined':
      return refusalReply(cardDeclined({ extensions: { declineCode: payment.decline_code } }), route);
    case 'voiding':
    case 'voided':
    case 'refunding':
    case 'refunded':
      return refusalReply(voided(), route);
  }
}

function presentWaiting({ payment_id, action_url }: Payment) {
  if (action_url === null) return { payment_status: 'processing', payment_id };
  return { payment_status: 'requires_action', payment_id, next_action: { type: 'redirect', url: action_url } };
}

/** The reply to makePayment for a charge that the gateway could not decide on and that was therefore reversed. */
export function processingErrorReply(route: string): Reply {
  return refusalReply(processingError(), route);
}

/** A payment as the API shows one, with what is known of it: a tombstone has neither id nor amount nor card. */
export function presentPayment(payment: Payment) {
  const { reference, payment_id, status, amount, card_last_four } = payment;
  return {
    reference,
    ...(payment_id !== null && { payment_id }),
    payment_status: shownStatus(status),
    ...(requiresAction(payment) && presentWaiting(payment)),
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
