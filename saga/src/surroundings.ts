import type { Store } from 'durable-store';
import type { Clock } from './clock.ts';
import type { OpenAttempts } from './open-attempts.ts';
import type { Logger, Observe, OnError, Tracer } from './ports.ts';
import type { SagaTables } from './tables.ts';

/** What all the runs of a process share. */
export interface Surroundings {
  store: Store<SagaTables>;
  clock: Clock;
  /** This process's name among those on the store. */
  worker: string;
  logger: Logger;
  trace: Tracer;
  observe: Observe;
  onError: OnError;
  attempts: OpenAttempts;
  /** How long a saga may make no progress before it is stuck, in milliseconds. */
  stuckAfterMs: number;
  /** Aborts when the process shuts down. */
  shutdown: AbortSignal;
}
