import { type AnyStep, SagaMisuse } from '../src/index.ts';
import type { Call, StepPart } from './instrument.ts';

export interface FaultOptions {
  /** How many attempts it hits; every one where it is left out. */
  times?: number;
  /** Which function of the step it hits; `run` where it is left out. */
  part?: StepPart;
}

export interface FailOptions extends FaultOptions {
  /** Whether the step does its work first, as where only its response is lost. */
  afterEffect?: boolean;
}

interface Fault extends FailOptions {
  readonly error: unknown;
  readonly hangs: boolean;
  left: number;
}

/** Real time for which an attempt is waited for before the test's time goes on without it. */
const PATIENCE_MS = 1_000;

export type Faults = ReturnType<typeof createFaults>;

/**
 * Faults that a test has arranged, and the attempts at steps that are under way. They belong to no process.
 *
 * @param noteActivity called when an attempt begins or ends
 */
export function createFaults(steps: ReadonlySet<AnyStep>, noteActivity: () => void) {
  const arranged = new Map<AnyStep, Fault[]>();
  const open = new Set<Promise<unknown>>();

  /** @throws SagaMisuse `step_not_declared` */
  function arrange(step: AnyStep, fault: Fault): void {
    if (!steps.has(step)) throw new SagaMisuse('step_not_declared', `no definition of this test has ${step.name}`);
    arranged.set(step, [...(arranged.get(step) ?? []), fault]);
  }

  function take(step: AnyStep, part: StepPart): Fault | undefined {
    const fault = arranged.get(step)?.find((one) => one.left > 0 && (one.part ?? 'run') === part);
    if (fault) fault.left -= 1;
    return fault;
  }

  async function attempt(step: AnyStep, part: StepPart, call: Call): Promise<unknown> {
    noteActivity();
    const fault = take(step, part);
    if (fault?.hangs) return hang(call.signal);
    if (fault && !fault.afterEffect) throw fault.error;
    const work = step[part]?.(call as never);
    const result = await (work instanceof Promise ? track(work) : work);
    if (fault) throw fault.error;
    return result;
  }

  function track<Result>(work: Promise<Result>): Promise<Result> {
    open.add(work);
    const ended = () => {
      open.delete(work);
      noteActivity();
    };
    work.then(ended, ended);
    return work;
  }

  /**
   * Waits in real time for the attempts that are under way, each of them once.
   *
   * @returns false where there is none that was not waited for before
   */
  async function attemptsEnd(): Promise<boolean> {
    if (open.size === 0) return false;
    const attempts = [...open];
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, PATIENCE_MS);
    await Promise.race([Promise.allSettled(attempts), patience.promise]);
    clearTimeout(timer);
    for (const work of attempts) open.delete(work);
    return true;
  }

  return {
    attempt,
    attemptsEnd,
    fail: (step: AnyStep, error: unknown, { times = Infinity, ...options }: FailOptions) =>
      arrange(step, { ...options, error, hangs: false, left: times }),
    hang: (step: AnyStep, { times = Infinity, ...options }: FaultOptions) =>
      arrange(step, { ...options, error: undefined, hangs: true, left: times }),
  };
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
