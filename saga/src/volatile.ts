import { inspect } from 'node:util';
import { Refusal } from './errors.ts';

/**
 * A secret, which lives in memory only: the log never holds it, printing never shows it, and it is gone when the saga's
 * run ends, be it by a crash. A card number is one.
 */
export class Volatile<Value> {
  #held: { value: Value } | undefined;

  private constructor(held: { value: Value } | undefined) {
    this.#held = held;
  }

  static of<Value>(value: Value): Volatile<Value> {
    return new Volatile({ value });
  }

  static lost<Value>(): Volatile<Value> {
    return new Volatile<Value>(undefined);
  }

  /** @throws Refusal `secret_lost` where the run that held the value is over */
  get value(): Value {
    if (!this.#held) throw new Refusal('secret_lost');
    return this.#held.value;
  }

  /** Forgets the value. */
  clear(): void {
    this.#held = undefined;
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
