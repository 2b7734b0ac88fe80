import type { FailureTraits } from '../src/index.ts';

/** Nobody can say whether it had its effect, and asking again is no use. */
export class Unclear extends Error implements FailureTraits {
  readonly withoutEffect = false;
  readonly worthRepeating = false;
  readonly code = 'unclear';
}
