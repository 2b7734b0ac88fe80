import type { Volatile } from './volatile.ts';

/** One transition or one failed attempt of a saga, as it happens. */
export interface SagaEvent {
  /** `saga` for a change of the whole, `step` and `undo` for one of their own. */
  kind: 'saga' | 'step' | 'undo';
  status: string;
  step?: string;
  attempts?: number;
  /** Why, where something failed. */
  code?: string;
}

/** What driving a saga once needs from whoever drives. */
export interface Drive {
  secret: Volatile<unknown>;
  /** Aborts when going forward must end, at the deadline or with `halt`; going back is tried for ever. */
  forward: AbortSignal;
  /** Aborts when the process shuts down; the log then already holds all that is needed to go on. */
  halt: AbortSignal;
  now: () => number;
  /** Makes the record durable; throws where somebody else drives the saga now. */
  save(): Promise<void>;
  observe(event: SagaEvent): void;
}

/** Thrown when a drive cannot bring its saga to an end for now; the saga stays as the log has it and is taken up again. */
export class Stalled extends Error {
  override name = 'Stalled';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}
