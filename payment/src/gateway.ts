/** What a gateway is asked to charge. */
export interface ChargeRequest {
  /** Names the charge at the gateway, as its idempotency key: one reference is charged at most once. */
  reference: string;
  /** Minor units. */
  amount: number;
  /** Digits only. Goes to the gateway and nowhere else. */
  cardNum?: string | undefined;
  /** Stands in place of the card number: what the gateway's own form gave the client. Goes nowhere else either. */
  paymentToken?: string | undefined;
  /** Of the payer. */
  name: string;
}

/** A charge that is decided. */
export type ChargeDecision = { status: 'settled' } | { status: 'declined'; declineCode: string };

/**
 * What became of a charge. `undecided` means that the gateway could not decide and the charge is to be reversed, `processing`
 * that it decides later, `requires_action` that it does once the cardholder has confirmed at the URL.
 */
export type ChargeResult =
  | ChargeDecision
  | { status: 'undecided' }
  | { status: 'processing' }
  | { status: 'requires_action'; url: string };

/** The provider that moves the money. */
export interface PaymentGateway {
  /**
   * Charges a card. A retry with the same reference must return the first result and charge nothing.
   *
   * @throws Problem 503 `gateway_unavailable` where the outcome of the charge is not known; 409 `request_in_progress` where
   * the gateway still works on an earlier call with the reference
   */
  charge(request: ChargeRequest): Promise<ChargeResult>;
  /**
   * Asks what became of a charge that was not decided at once.
   *
   * @returns undefined where it is still not decided, or the gateway knows of none
   * @throws Problem 503 `gateway_unavailable`
   */
  find(reference: string): Promise<ChargeDecision | undefined>;
  /**
   * Refunds what was charged under the reference, and bars every later charge with it. Idempotent.
   *
   * @param amount in minor units, as it was charged
   * @throws Problem 503 `gateway_unavailable` where it is not known whether the reversal was made
   */
  reverse(reference: string, amount?: number): Promise<void>;
}
