import { outcomeEvent } from './awaited-events.ts';
import { copyJson } from './copy-json.ts';
import type { AnySaga } from './definition.ts';
import { type Duration, toMilliseconds } from './duration.ts';
import { NotFinished, Refusal, StepFailed, traitsOf } from './errors.ts';
import { listOpenEvents, type SagaEventRow } from './events.ts';
import type { Execution } from './execution.ts';
import type { Json } from './json.ts';
import type { LogLookup } from './log-lookup.ts';
import type { Outcome } from './outcome.ts';
import type { StepRecord } from './record.ts';
import { sagasIn } from './tables.ts';
import { beginStep, endStep, failStep, newSagaRecord, newStepRecord } from './transitions.ts';

const TIMED_OUT = 'timed_out';
const UNEXPECTED = 'unexpected_error';

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
  async waitFor(
    name: string,
    { timeout, key }: { timeout: Duration; key?: string },
  ): Promise<{ payload: Json } | undefined> {
    const index = this.#enter('wait', name, timeout, key);
    const entry = this.#entry(index);
    if (entry.status === 'done') return { payload: entry.result };
    if (entry.status === 'failed') throw timedOut(name);
    const wakeAt = entry.wakeAt ?? 0;
    const event = await this.#take(name, wakeAt);
    if (event) {
      // In one turn with the end, so that both go into the same write.
      this.#execution.attachments.consume(event.sequence);
      return this.#end(index, event.payload);
    }
    if (this.#execution.now() < wakeAt) return undefined;
    const at = this.#execution.now();
    const failure = { mayHaveHappened: false, refused: false, code: TIMED_OUT, data: null, at };
    this.#execution.change((staged) => failStep(staged, index, failure));
    throw timedOut(name);
  }

  /**
   * @returns the other saga's result once its outcome is final
   * @throws Refusal with the code of its failure
   */
  async child(definition: AnySaga, input: unknown, key: string | undefined): Promise<{ payload: Json } | undefined> {
    const { name } = definition;
    const index = this.#lookup.call([name], key, 'child') ?? this.#startChild(definition, input, key);
    const entry = this.#entry(index);
    if (entry.status === 'done') return { payload: entry.result };
    if (entry.status === 'failed') throw new Refusal(entry.code ?? UNEXPECTED, entry.data ?? null, { step: name });
    const event = await this.#take(outcomeEvent(entry.child as string), Number.POSITIVE_INFINITY);
    if (!event) return undefined;
    const { completed, result, failure } = event.payload as unknown as Outcome<Json>;
    if (completed) return this.#end(index, result);
    const { code, data } = failure;
    const failed = { mayHaveHappened: false, refused: true, code, data, at: this.#execution.now() };
    this.#execution.change((staged) => failStep(staged, index, failed));
    throw new Refusal(code, data, { step: name });
  }

  /** Both are on disk with the next write, or neither is. */
  #startChild({ name, version, maxValueBytes }: AnySaga, input: unknown, key: string | undefined): number {
    const { record, staged } = this.#execution;
    const at = this.#execution.now();
    const child = [record.id, name, key].filter((part) => part !== undefined).join('/');
    const index = staged.steps.length;
    const entry = newStepRecord({ name, ...(key !== undefined && { key }), kind: 'child', child, hasUndo: true, at });
    this.#execution.change((before) => beginStep(before, entry, at));
    const kept = copyJson(input, `${name}, input`, maxValueBytes);
    const parent = { saga: record.id, event: outcomeEvent(child) };
    const { trace } = record;
    this.#execution.attachments.startChild(newSagaRecord({ id: child, name, version, input: kept, trace, parent, at }));
    return index;
  }

  /** Finds the wait in the log, or appends it: its time counts from then on, whatever crashes. */
  #enter(kind: 'sleep' | 'wait', name: string, duration: Duration, key?: string): number {
    const known = this.#lookup.call([name], key, kind);
    if (known !== undefined) return known;
    const ms = toMilliseconds(duration);
    const at = this.#execution.now();
    const index = this.#execution.staged.steps.length;
    const entry = newStepRecord({ name, ...(key !== undefined && { key }), kind, wakeAt: at + ms, hasUndo: false, at });
    this.#execution.change((staged) => beginStep(staged, entry, at));
    return index;
  }

  #entry(index: number): StepRecord {
    return this.#execution.staged.steps[index] as StepRecord;
  }

  /** The oldest event of this name that came in time and that no other wait has taken. */
  async #take(name: string, wakeAt: number): Promise<SagaEventRow | undefined> {
    const { record, surroundings } = this.#execution;
    this.#events ??= listOpenEvents(sagasIn(surroundings.store.read), record.id).catch((cause: unknown) => {
      // A store that cannot be read is no failure of the wait.
      throw new NotFinished(traitsOf(cause).code, { step: name });
    });
    const events = await this.#events;
    const at = events.findIndex((event) => event.name === name && event.createdAt <= wakeAt);
    const [event] = at < 0 ? [] : events.splice(at, 1);
    return event;
  }

  #end(index: number, payload: Json): { payload: Json } {
    this.#execution.change((staged) => endStep(staged, index, payload, this.#execution.now()));
    return { payload };
  }
}

const timedOut = (name: string) => new StepFailed({ step: name, code: TIMED_OUT, data: null });
