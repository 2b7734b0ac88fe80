/**
 * A map for values that come and go, thousands in a second, for as long as the process lives. A `Map` replaces its table
 * now and then, and V8 keeps the former one, with all that was in it at the time, until the next collection of
 * everything. An object that is used as a dictionary leaves its keys at most.
 */
export class TransientMap<Value> {
  readonly #values: Record<string, Value> = Object.create(null);

  get(key: string): Value | undefined {
    return this.#values[key];
  }

  set(key: string, value: Value): void {
    this.#values[key] = value;
  }

  delete(key: string): void {
    delete this.#values[key];
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  values(): Value[] {
    return Object.values(this.#values);
  }
}
