import { OutcomeUnknown } from 'durable-saga';

/** A point in time by which a client gets its response. Disposed of, it leaves no timer behind. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** @throws OutcomeUnknown when the deadline comes before the work is done */
  before<Result>(work: Promise<Result>): Promise<Result>;
}

/** @param ms from now */
export function deadlineIn(ms: number): Deadline {
  const passed = new AbortController();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const timer = setTimeout(() => {
    passed.abort();
    late.reject(new OutcomeUnknown('the deadline has passed'));
  }, ms);
  return {
    signal: passed.signal,
    before: (work) => Promise.race([work, late.promise]),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
