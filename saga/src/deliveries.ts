/**
 * Hands to a saga's function what its calls have come to, in the order in which they ended, and the next one not before
 * the function has done all that follows from the one before. So `Promise.all` fails with the same error in every replay.
 */
export class Deliveries {
  #next = 1;
  readonly #held = new Map<number, () => void>();
  #turn: NodeJS.Immediate | undefined;

  /**
   * @param order when the call ended among those of the saga, from 1; logs of earlier versions say 0
   * @param deliver called once it is its turn
   */
  hand(order: number, deliver: () => void): void {
    if (order < this.#next) {
      deliver();
      return;
    }
    this.#held.set(order, deliver);
    this.#turn ??= this.#soon(!this.#deliver());
  }

  /** @returns whether the next one was there */
  #deliver(): boolean {
    const deliver = this.#held.get(this.#next);
    if (!deliver) return false;
    this.#held.delete(this.#next);
    this.#next += 1;
    deliver();
    return true;
  }

  #soon(isQuiet: boolean): NodeJS.Immediate {
    return setImmediate(() => {
      this.#turn = undefined;
      if (this.#held.size === 0) return;
      // The function has changed: it no longer makes the call that ended before.
      if (isQuiet && !this.#held.has(this.#next)) this.#next = Math.min(...this.#held.keys());
      this.#turn = this.#soon(!this.#deliver());
    });
  }
}
