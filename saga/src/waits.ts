import { type Duration, toMilliseconds } from './duration.ts';
import { StepFailed } from './errors.ts';
import { listOpenEvents, type SagaEventRow } from './events.ts';
import type { Execution } from './execution.ts';
import type { Json } from './json.ts';
import type { LogLookup } from './log-lookup.ts';
import type { StepRecord } from './record.ts';
import { sagasIn } from './tables.ts';
import { beginStep, endStep, failStep, newStepRecord } from './transitions.ts';

const TIMED_OUT = 'timed_out';

/** Timers and events that a saga's function waits for. What has not come yet is undefined: the run ends without it. */
export class Waits {
  readonly #execution: Execution;
  readonly #lookup: LogLookup;
  #events: Promise<SagaEventRow[]> | undefined;

  constructor(execution: Execution, lookup: LogLookup) {
    this.#execution = execution;
    this.#lookup = lookup;
  }

  /** @returns once the time is over */
  async sleep(name: string, duration: Duration): Promise<{ payload: Json } | undefined> {
    const index = this.#enter('sleep', name, duration);
    const { status, wakeAt = 0 } = this.#entry(index);
    if (status === 'done') return { payload: null };
    if (this.#execution.now() < wakeAt) return undefined;
    return this.#end(index, null);
  }

  /**
   * @returns the event's payload once it has come
   * @throws StepFailed `timed_out`
   */
  async waitFor(name: string, timeout: Duration): Promise<{ payload: Json } | undefined> {
    const index = this.#enter('wait', name, timeout);
    const entry = this.#entry(index);
    if (entry.status === 'done') return { payload: entry.result };
    if (entry.status === 'failed') throw timedOut(name);
    const wakeAt = entry.wakeAt ?? 0;
    const event = await this.#take(name, wakeAt);
    if (event) {
      // In one turn with the end, so that both go into the same write.
      this.#execution.consume(event.sequence);
      return this.#end(index, event.payload);
    }
    if (this.#execution.now() < wakeAt) return undefined;
    const at = this.#execution.now();
    const failure = { mayHaveHappened: false, refused: false, code: TIMED_OUT, data: null, at };
    this.#execution.change((next) => failStep(next, index, failure));
    throw timedOut(name);
  }

  /** Finds the wait in the log, or appends it: its time counts from then on, whatever crashes. */
  #enter(kind: 'sleep' | 'wait', name: string, duration: Duration): number {
    const known = this.#lookup.call([name], undefined);
    if (known !== undefined) return known;
    const ms = toMilliseconds(duration);
    const at = this.#execution.now();
    const index = this.#execution.next.steps.length;
    const entry = newStepRecord({ name, kind, wakeAt: at + ms, hasUndo: false, at });
    this.#execution.change((next) => beginStep(next, entry, at));
    return index;
  }

  #entry(index: number): StepRecord {
    return this.#execution.next.steps[index] as StepRecord;
  }

  /** The oldest event of this name that came in time and that no other wait has taken. */
  async #take(name: string, wakeAt: number): Promise<SagaEventRow | undefined> {
    const { record, surroundings } = this.#execution;
    this.#events ??= listOpenEvents(sagasIn(surroundings.store.read), record.id);
    const events = await this.#events;
    const at = events.findIndex((event) => event.name === name && event.createdAt <= wakeAt);
    const [event] = at < 0 ? [] : events.splice(at, 1);
    return event;
  }

  #end(index: number, payload: Json): { payload: Json } {
    this.#execution.change((next) => endStep(next, index, payload, this.#execution.now()));
    return { payload };
  }
}

const timedOut = (name: string) => new StepFailed({ step: name, code: TIMED_OUT, data: null });
