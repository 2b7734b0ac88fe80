import { inspect } from 'node:util';
import { Refusal } from './refusal.ts';

/**
 * A value that lives in memory only: the log never holds it, printing never shows it, and after a crash it is gone. A card
 * number is one.
 */
export class Volatile<Value> {
  readonly #held: { value: Value } | undefined;

  private constructor(held: { value: Value } | undefined) {
    this.#held = held;
  }

  static of<Value>(value: Value): Volatile<Value> {
    return new Volatile({ value });
  }

  static lost<Value>(): Volatile<Value> {
    return new Volatile<Value>(undefined);
  }

  /** @throws Refusal `volatile_lost` where the process that held the value is gone */
  get value(): Value {
    if (!this.#held) throw new Refusal('volatile_lost');
    return this.#held.value;
  }

  toJSON(): string {
    return '[volatile]';
  }

  [inspect.custom](): string {
    return '[volatile]';
  }
}
