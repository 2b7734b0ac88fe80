import type { FailureTraits } from '../src/index.ts';

/** Nobody can say whether it had its effect, and asking again is no use. */
export class Unclear extends Error implements FailureTraits {
  readonly noSideEffect = false;
  readonly retryable = false;
  readonly code = 'unclear';
}
