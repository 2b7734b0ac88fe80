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

/** The outcome of a charge. `undecided` means that the gateway could not decide and the charge is to be reversed,
 * `requires_action` that the cardholder has to confirm it at the URL first. */
export type ChargeResult =
  | { status: 'settled' }
  | { status: 'declined'; declineCode: string }
  | { status: 'undecided' }
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
   * Refunds what was charged under the reference, and bars every later charge with it. Idempotent.
   *
   * @param amount in minor units, as it was charged
   * @throws Problem 503 `gateway_unavailable` where it is not known whether the reversal was made
   */
  reverse(reference: string, amount?: number): Promise<void>;
}
