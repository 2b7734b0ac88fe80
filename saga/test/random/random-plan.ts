/** What becomes of the calls of a step. `transient` is one failure, then it succeeds. */
export type Outcome =
  | 'ok'
  | 'refusal'
  | 'effect, then unclear'
  | 'unclear without effect'
  | 'transient'
  | 'effect, then transient'
  | 'slow at first';
export type UndoOutcome = 'ok' | 'transient' | 'effect, then transient' | 'hopeless' | 'none';

export interface StepPlan {
  readonly kind: 'step';
  readonly name: string;
  /** Set where the step shares its declaration with others. */
  readonly key?: string;
  readonly outcome: Outcome;
  readonly undo: UndoOutcome;
  readonly recover: boolean;
  /** How long a call takes, in milliseconds. */
  readonly ms: number;
  /** Whether a call ends when its signal aborts. */
  readonly heeds: boolean;
  readonly pivot: boolean;
}

export interface WaitPlan {
  readonly kind: 'wait';
  readonly name: string;
  readonly event: 'early' | 'twice' | 'in time' | 'late' | 'never';
}

/** A piece of a random saga's function. */
export type Part =
  | StepPlan
  | WaitPlan
  | { readonly kind: 'sleep'; readonly name: string; readonly ms: number }
  | { readonly kind: 'sequence' | 'all' | 'allSettled'; readonly parts: readonly Part[] }
  | { readonly kind: 'try' | 'refused'; readonly part: Part; readonly instead: Part };

/** What happens to a process at its n-th call or write, counted from the disruption before. */
export interface Disruption {
  readonly at: 'call' | 'write';
  readonly count: number;
  /**
   * `freezes`: its store is out of reach for longer than a lease. `fails`: one write does, and nothing of it is there.
   * `loses the response`: one write is there, and is tried again where it may be.
   */
  readonly what: 'dies before' | 'dies after' | 'freezes' | 'fails' | 'loses the response';
  readonly next: 'exclusive' | 'waits for the lease' | 'has version 2 as well' | 'comes after one with version 2 only';
}

export interface MovePlan {
  readonly move: 'cancel' | 'pause' | 'shutdown';
  readonly afterMs: number;
  /** Whether another process than the one that runs the saga makes it. */
  readonly elsewhere: boolean;
}

/** One random saga with all that happens to it. */
export interface Plan {
  readonly parts: readonly Part[];
  readonly pivot: StepPlan | undefined;
  readonly after: readonly Part[];
  readonly deadlineMs: number;
  readonly disruptions: readonly Disruption[];
  readonly moves: readonly MovePlan[];
  /** What `Math.random` returns, over and over again. */
  readonly chance: readonly number[];
  /** What a person does about a stuck saga. */
  readonly whenStuck: 'repairs' | 'resolves';
  /** How the function has changed by the time when the completed saga is cancelled. */
  readonly cancelledAfter: 'appended' | 'prepended' | 'moved' | 'retired' | 'renamed' | undefined;
}

/** The pieces of a function, those inside of others included. */
export function flatten(parts: readonly Part[]): Part[] {
  return parts.flatMap((one) => {
    if ('parts' in one) return flatten(one.parts);
    return 'part' in one ? flatten([one.part, one.instead]) : [one];
  });
}

/** All steps of a plan, the pivot included. */
export const stepsOf = ({ parts, pivot, after }: Plan): StepPlan[] =>
  flatten([...parts, ...(pivot ? [pivot] : []), ...after]).filter((one) => one.kind === 'step');

/** All that a plan waits for. */
export const waitsOf = ({ parts, after }: Plan): WaitPlan[] =>
  flatten([...parts, ...after]).filter((one) => one.kind === 'wait');

// Longer than the saga may be stuck meanwhile: past the pivot nobody can make good a wait whose time is over.
const WAIT_MS = 600_000;
const SHORT_WAIT_MS = 700;

/** How long the function waits for an event, in milliseconds. */
export const timeoutOf = ({ event }: WaitPlan): number =>
  event === 'late' || event === 'never' ? SHORT_WAIT_MS : WAIT_MS;
