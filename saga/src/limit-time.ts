/**
 * A signal that aborts with another one, or after a time. Disposed of, it lets go of both: `AbortSignal.timeout` and
 * `AbortSignal.any` hold on until the time is over, and a saga ends in a thousandth of its deadline.
 */
export function limitTime(outer: AbortSignal, ms: number): Disposable & { readonly signal: AbortSignal } {
  const limited = new AbortController();
  const abort = () => limited.abort();
  const timer = setTimeout(abort, ms);
  outer.addEventListener('abort', abort);
  if (outer.aborted) abort();
  return {
    signal: limited.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}
