import type { FailureTraits } from 'durable-saga';

/**
 * A no that is not in the service's own words, be it because something between here and the service says it. The client is
 * told no, nothing is retried, and what the service may have done all the same is undone.
 */
export class UnprovenRefusal extends Error implements FailureTraits {
  override name = 'UnprovenRefusal';
  readonly noSideEffect = false;
  readonly retryable = false;
  readonly code: string;
  /** The status that the client gets. */
  readonly data: { status: number };

  constructor(code: string, status: number) {
    super(code);
    this.code = code;
    this.data = { status };
  }
}
