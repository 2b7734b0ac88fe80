import { type AnyStep, SagaMisuse } from '../src/index.ts';
import type { Call, StepPart } from './instrument.ts';
import { RunningAttempts } from './running-attempts.ts';

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

export type Faults = ReturnType<typeof createFaults>;

/**
 * Faults that a test has arranged, and the attempts at steps that are under way. They belong to no process.
 *
 * @param noteActivity called when an attempt begins or ends
 */
export function createFaults(steps: ReadonlySet<AnyStep>, noteActivity: () => void) {
  const arranged = new Map<AnyStep, Fault[]>();
  const running = new RunningAttempts(noteActivity);

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
    const result = await (work instanceof Promise ? running.track(work) : work);
    if (fault) throw fault.error;
    return result;
  }

  return {
    attempt,
    attemptsEnd: () => running.end(),
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
