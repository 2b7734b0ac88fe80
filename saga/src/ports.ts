import type { SagaRecord } from './record.ts';
import type { SpanIds } from './span-ids.ts';

/** Where log lines go; winston and `console` fit, and pino takes its two arguments in the other order. */
export interface Logger {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/** How runs and steps become spans. */
export interface Tracer {
  /** The span in which the caller is; null outside of one. It is kept with a saga that starts there. */
  current(): SpanIds | null;
  /**
   * Runs `work` in the trace that began the saga, for a worker that has claimed it.
   *
   * @param origin the span that started the saga; null where none is known
   */
  resume<Result>(
    saga: { id: string; name: string; origin: SpanIds | null },
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** Runs `work` in a span below the current one. */
  span<Result>(name: string, attributes: Record<string, string>, work: () => Promise<Result>): Promise<Result>;
}

/** One transition or one failed attempt of a saga. Transitions are told once they are on disk. */
export interface SagaEvent {
  /** `saga` for a change of the whole, `step` and `undo` for one of their own. */
  kind: 'saga' | 'step' | 'undo';
  status: string;
  step?: string;
  attempts?: number;
  /** Why, where something failed. */
  code?: string;
}

/** Where metrics come from: told of every transition and every failed attempt. */
export type Observe = (record: SagaRecord, event: SagaEvent) => void;

/** Where an error comes from that no code in a step foresaw. */
export interface ErrorOrigin {
  /** The saga's id. */
  saga: string;
  name: string;
  step?: string;
  attempt?: number;
}

/** Told of every unexpected error, with its stack. */
export type OnError = (error: unknown, origin: ErrorOrigin) => void;

/** For who has no tracing. */
export const untraced: Tracer = {
  current: () => null,
  resume: (_saga, work) => work(),
  span: (_name, _attributes, work) => work(),
};

/** For who wants no log lines. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
