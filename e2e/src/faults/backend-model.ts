import { expect } from 'vitest';
import type { BackendReply, Backends } from './backend-calls.ts';
import { CARDS } from './sample-bookings.ts';

export type BackendCommand =
  | { kind: 'create' | 'cancel' | 'refund'; reference: number }
  | { kind: 'pay'; reference: number; declined: boolean }
  | { kind: 'restart'; service: 'reservation' | 'payment' };

const DOCTOR = 'Chidi Okafor';
const SLOTS = ['1.00pm', '2.00pm', '3.00pm', '4.00pm'];

interface Outcome {
  status: number;
  /** The members of the reply that the model predicts. */
  expected: Record<string, unknown>;
}

/** A model of the two backends in memory: one doctor's day, and a ledger. */
export class BackendModel {
  readonly #backends: Backends;
  readonly #date: string;
  readonly #prefix: string;
  readonly #firstReplies = new Map<string, string>();
  readonly #slots = new Map<string, string>();
  readonly #cancelled = new Set<string>();
  readonly #payments = new Map<string, 'settled' | 'declined' | 'refunded' | 'voided'>();

  /** @param prefix makes the references of this model its own; `date` must be used by no other model */
  constructor(backends: Backends, prefix: string, date: string) {
    this.#backends = backends;
    this.#prefix = prefix;
    this.#date = date;
  }

  /** Does what the command says to the model and to the backends, and compares. */
  async run(command: Exclude<BackendCommand, { kind: 'restart' }>): Promise<void> {
    const reference = `${this.#prefix}-${command.reference}`;
    switch (command.kind) {
      case 'create': {
        const reply = await this.#backends.create(reference, { doctor: DOCTOR, date: this.#date });
        return this.#compareFirst(`create ${reference}`, reply, () => this.#create(reference));
      }
      case 'pay': {
        const card = command.declined ? CARDS.declined : CARDS.settles;
        const reply = await this.#backends.pay(reference, card);
        if (reply.status === 422) return this.#expectOtherCard(reference, command.declined);
        return this.#compareFirst(`pay ${reference}`, reply, () => this.#pay(reference, command.declined));
      }
      case 'cancel':
        this.#cancelled.add(reference);
        this.#slots.delete(reference);
        return expectOutcome(await this.#backends.cancel(reference), {
          status: 200,
          expected: { status: 'cancelled' },
        });
      case 'refund': {
        const status = this.#payments.get(reference) === 'settled' || this.#payments.get(reference) === 'refunded';
        this.#payments.set(reference, status ? 'refunded' : 'voided');
        const expected = { payment_status: this.#payments.get(reference) };
        return expectOutcome(await this.#backends.refund(reference), { status: 200, expected });
      }
    }
  }

  /** Compares what the ledger has with the model. */
  async compareLedger(): Promise<void> {
    for (const [reference, payment_status] of this.#payments) {
      expectOutcome(await this.#backends.findPayment(reference), { status: 200, expected: { payment_status } });
    }
  }

  #create(reference: string): Outcome {
    if (this.#cancelled.has(reference)) return { status: 409, expected: { code: 'cancelled' } };
    const taken = new Set(this.#slots.values());
    const time = SLOTS.find((slot) => !taken.has(slot));
    if (!time) return { status: 409, expected: { code: 'no_slot_available' } };
    this.#slots.set(reference, time);
    return { status: 200, expected: { time, date: this.#date, doctor_name: DOCTOR } };
  }

  #pay(reference: string, declined: boolean): Outcome {
    if (this.#payments.has(reference)) return { status: 409, expected: { code: 'voided' } };
    this.#payments.set(reference, declined ? 'declined' : 'settled');
    if (declined) return { status: 402, expected: { code: 'card_declined' } };
    return { status: 200, expected: { payment_status: 'settled' } };
  }

  /** The model predicts the reply to the first request with a key; every retry gets the first reply. */
  #compareFirst(name: string, reply: BackendReply, predict: () => Outcome): void {
    const first = this.#firstReplies.get(name);
    expect(reply.replayed).toBe(first !== undefined);
    if (first !== undefined) {
      expect(reply.text).toBe(first);
      return;
    }
    this.#firstReplies.set(name, reply.text);
    expectOutcome(reply, predict());
  }

  #expectOtherCard(reference: string, declined: boolean): void {
    const first = this.#firstReplies.get(`pay ${reference}`);
    expect(first, 'the key came with another card before').toBeDefined();
    expect(first?.includes('card_declined') === declined && !first?.includes('voided')).toBe(false);
  }
}

function expectOutcome({ status, json }: BackendReply, outcome: Outcome): void {
  expect({ status, json }).toMatchObject({ status: outcome.status, json: outcome.expected });
}
