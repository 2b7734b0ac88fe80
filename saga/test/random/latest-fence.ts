/** The latest fencing token of a saga that has been seen on disk. */
export class LatestFence {
  #token = 0;
  #raised = Promise.withResolvers<void>();

  get token(): number {
    return this.#token;
  }

  /** Resolves when a later one is seen. */
  get raised(): Promise<void> {
    return this.#raised.promise;
  }

  see(token: number): void {
    if (token <= this.#token) return;
    this.#token = token;
    this.#raised.resolve();
    this.#raised = Promise.withResolvers();
  }
}
