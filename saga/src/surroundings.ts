import type { Store } from 'durable-store';
import type { Runnable } from './claims.ts';
import type { Clock } from './clock.ts';
import type { SagaDefinition } from './definition.ts';
import type { OpenAttempts } from './open-attempts.ts';
import type { Logger, Observe, OnError, Tracer } from './ports.ts';
import type { SagaRecord } from './record.ts';
import type { RunWrite } from './run-write.ts';
import type { SagaTables } from './tables.ts';

/** What this process may run, by name and version. */
export interface Definitions {
  find(name: string, version: number): SagaDefinition | undefined;
  readonly runnable: Runnable;
}

/** What all the runs of a process share. */
export interface Surroundings {
  store: Store<SagaTables>;
  definitions: Definitions;
  clock: Clock;
  /** This process's name among those on the store. */
  worker: string;
  logger: Logger;
  trace: Tracer;
  observe: Observe;
  onError: OnError;
  attempts: OpenAttempts;
  /** Makes one write of a run: as the function `writeRun`, but writes at the same time may share a transaction. */
  writeRun(definition: SagaDefinition, write: RunWrite): Promise<SagaRecord>;
  /** How long a saga may make no progress before it is stuck, in milliseconds. */
  stuckAfterMs: number;
  /** Aborts when the process shuts down. */
  shutdown: AbortSignal;
}

/** What writing takes of it. */
export type Writing = Omit<Surroundings, 'writeRun'>;
