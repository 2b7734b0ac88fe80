import { Problem } from '@appointments/chassis';

/** What a gateway is asked to charge. */
export interface ChargeRequest {
  /** Names the charge at the gateway, as its idempotency key: one reference is charged at most once. */
  reference: string;
  /** Minor units. */
  amount: number;
  /** Digits only. Goes to the gateway and nowhere else. */
  cardNum: string;
  /** Of the payer. */
  name: string;
}

/** What became of a charge. `undecided` is the gateway's own word for "ask me to reverse it". */
export type ChargeResult =
  | { status: 'settled' }
  | { status: 'declined'; declineCode: string }
  | { status: 'undecided' };

/** Whoever moves the money. */
export interface PaymentGateway {
  /**
   * Charges a card. A repeat with the same reference must give the first result and charge nothing.
   *
   * @throws GatewayUnavailable where it is not known what became of the charge
   */
  charge(request: ChargeRequest): Promise<ChargeResult>;
  /**
   * Gives back whatever was charged under the reference, and bars every later charge with it. Idempotent.
   *
   * @param amount in minor units, as it was charged
   * @throws GatewayUnavailable where it is not known whether the reversal was made
   */
  reverse(reference: string, amount?: number): Promise<void>;
}

/** Thrown when the gateway gives no usable answer: the outcome is open, and the same request may be sent again. */
export class GatewayUnavailable extends Problem {
  override name = 'GatewayUnavailable';

  constructor(cause?: unknown) {
    super(503, 'gateway_unavailable', {
      detail: 'The payment gateway does not answer; repeat the request with the same Idempotency-Key.',
      headers: { 'retry-after': '1' },
      cause,
    });
  }
}
