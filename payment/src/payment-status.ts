import type { ChargeResult } from './gateway.ts';

/**
 * `pending` until the gateway has decided, for which it may wait for the cardholder, then `settled` or `declined`. `voiding`
 * and `refunding` say that a reversal was begun and has to be finished: of a charge that no client knows of, or of a settled
 * one.
 */
export type PaymentStatus = 'pending' | 'settled' | 'declined' | 'voiding' | 'voided' | 'refunding' | 'refunded';

/**
 * The status after the gateway's result of a charge. Only a pending payment takes the result as it is: where a reversal
 * was faster, or the result contradicts an earlier one, money that may have moved has to go back.
 */
export function afterCharge(status: PaymentStatus, outcome: ChargeResult['status']): PaymentStatus {
  switch (status) {
    case 'pending':
      return afterFirstResult(outcome);
    case 'settled':
      return 'settled';
    case 'declined':
      // The decision was faster than the response that announces it.
      return outcome === 'settled' || outcome === 'undecided' ? 'voiding' : 'declined';
    case 'voiding':
    case 'voided':
      return outcome === 'declined' ? status : 'voiding';
    case 'refunding':
    case 'refunded':
      return outcome === 'declined' ? status : 'refunding';
  }
}

function afterFirstResult(outcome: ChargeResult['status']): PaymentStatus {
  switch (outcome) {
    case 'settled':
    case 'declined':
      return outcome;
    case 'requires_action':
    case 'processing':
      return 'pending';
    case 'undecided':
      return 'voiding';
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
export function isBeingReversed({ status }: { status: PaymentStatus }): boolean {
  return status === 'voiding' || status === 'refunding';
}
