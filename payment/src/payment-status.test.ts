import { describe, expect, test } from 'vitest';
import { afterCharge, afterRefundRequest, afterReversal, type PaymentStatus } from './payment-status.ts';

const STATUSES: PaymentStatus[] = ['pending', 'settled', 'declined', 'voiding', 'voided', 'refunding', 'refunded'];

describe('afterCharge', () => {
  test.each([
    ['pending', 'settled', 'settled'],
    ['pending', 'declined', 'declined'],
    ['pending', 'undecided', 'voiding'],
    ['pending', 'requires_action', 'pending'],
    ['settled', 'requires_action', 'settled'],
    ['declined', 'requires_action', 'declined'],
    ['voiding', 'requires_action', 'voiding'],
    ['voided', 'requires_action', 'voiding'],
    ['refunding', 'requires_action', 'refunding'],
    ['refunded', 'requires_action', 'refunding'],
    ['settled', 'settled', 'settled'],
    ['settled', 'declined', 'settled'],
    ['settled', 'undecided', 'settled'],
    ['declined', 'settled', 'voiding'],
    ['declined', 'declined', 'declined'],
    ['declined', 'undecided', 'voiding'],
    ['voiding', 'settled', 'voiding'],
    ['voiding', 'declined', 'voiding'],
    ['voiding', 'undecided', 'voiding'],
    ['voided', 'settled', 'voiding'],
    ['voided', 'declined', 'voided'],
    ['voided', 'undecided', 'voiding'],
    ['refunding', 'settled', 'refunding'],
    ['refunding', 'declined', 'refunding'],
    ['refunding', 'undecided', 'refunding'],
    ['refunded', 'settled', 'refunding'],
    ['refunded', 'declined', 'refunded'],
    ['refunded', 'undecided', 'refunding'],
  ] as const)('When a %s payment gets the result %s, Then it is %s', (status, outcome, expected) => {
    expect(afterCharge(status, outcome)).toBe(expected);
  });
});

describe('afterRefundRequest', () => {
  test.each([
    [undefined, 'voided'],
    ['pending', 'voiding'],
    ['settled', 'refunding'],
    ['declined', 'voided'],
    ['voiding', 'voiding'],
    ['voided', 'voided'],
    ['refunding', 'refunding'],
    ['refunded', 'refunded'],
  ] as const)('When a refund of a payment that is %s is requested, Then it is %s', (status, expected) => {
    expect(afterRefundRequest(status)).toBe(expected);
  });

  test('When it is requested twice, Then the second time changes nothing', () => {
    for (const status of STATUSES) {
      const once = afterRefundRequest(status);
      expect(afterRefundRequest(once)).toBe(once);
    }
  });
});

describe('afterReversal', () => {
  test('When a refund has ended, Then no payment is live, whatever it was before', () => {
    for (const status of STATUSES) {
      expect(['voided', 'refunded']).toContain(afterReversal(afterRefundRequest(status)));
    }
  });
});
