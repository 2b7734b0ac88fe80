/** Anything that JSON can say; what the log can keep. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * What the runner wants to know of an error that a step throws. An error says so by having these members; one that says
 * nothing may have had its effect and is worth repeating, which is the safe thing to believe.
 */
export interface FailureTraits {
  /** Short and stable, for programs and operators; kept in the log. */
  readonly code: string;
  /** True where it is certain that the step changed nothing, so that it need not be undone. */
  readonly withoutEffect: boolean;
  /** Whether the same call may fare better a moment later. */
  readonly worthRepeating: boolean;
}

/**
 * A definite no: the step did nothing and never will, so it is not repeated and not undone. Whatever ran before it is.
 * `code` and `data` survive a crash; the message does not, because the log keeps nothing that was not meant for it.
 */
export class Refusal extends Error implements FailureTraits {
  override name = 'Refusal';
  readonly withoutEffect = true;
  readonly worthRepeating = false;
  readonly code: string;
  readonly data: Json;

  constructor(code: string, data: Json = null) {
    super(code);
    this.code = code;
    this.data = data;
  }
}

/** Why a saga did not complete. */
export interface Failure {
  /** The step that failed; null where the story itself threw between two steps. */
  readonly step: string | null;
  readonly code: string;
  /** What the refusal came with. */
  readonly data: Json;
}

/** Reads the traits off an error, with the safe belief for whatever it does not say. */
export function traitsOf(error: unknown): FailureTraits & { data: Json } {
  const said: Partial<FailureTraits & { data: Json }> = error instanceof Error ? (error as object) : {};
  return {
    code: typeof said.withoutEffect === 'boolean' && said.code ? said.code : 'unexpected_error',
    withoutEffect: said.withoutEffect ?? false,
    worthRepeating: said.worthRepeating ?? true,
    data: error instanceof Refusal ? error.data : null,
  };
}
