import type { Store } from 'durable-store';
import { toMilliseconds } from '../src/duration.ts';
import type {
  AnyStep,
  Duration,
  SagaDefinition,
  SagaHandle,
  SagaRecord,
  Sagas,
  SagaTables,
  StartOptions,
} from '../src/index.ts';
import type { FailOptions, FaultOptions } from './faults.ts';
import type { UnexpectedError } from './test-process.ts';
import { createWaiting } from './waiting.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

/** A saga's definition, as `start` takes it. */
export type Startable<Input, Result, Secret> = SagaDefinition<Input, Result, Secret>;

/** Sagas over a store in memory, in a time that stands still until the test moves it. */
export interface TestSagas<Tables extends SagaTables = SagaTables> extends AsyncDisposable {
  /** Those of the process that is alive; after a crash they are others. */
  readonly sagas: Sagas<Tables>;
  /** What the processes share. */
  readonly store: Store<Tables>;
  /** Every unexpected error so far. */
  readonly errors: readonly UnexpectedError[];
  /** The test's time, milliseconds since the epoch. */
  now(): number;
  /** Starts a saga and returns once it is on disk, with its first steps under way. */
  start<Input, Result, Secret>(
    definition: SagaDefinition<Input, Result, Secret>,
    input: NoInfer<Input>,
    options?: Omit<StartOptions<NoInfer<Input>, NoInfer<Secret>, Tables>, 'input'>,
  ): Promise<SagaHandle<Result>>;
  /**
   * Starts a saga and lets time go by until it rests, as `untilRested` does.
   *
   * @throws AssertionError where that takes more than an hour
   */
  run<Input, Result, Secret>(
    definition: SagaDefinition<Input, Result, Secret>,
    input: NoInfer<Input>,
    options?: Omit<StartOptions<NoInfer<Input>, NoInfer<Secret>, Tables>, 'input'>,
  ): Promise<SagaRecord>;
  /**
   * Lets time go by until the saga has ended, waits for a timer or an event, is stuck or paused.
   *
   * @throws AssertionError where no saga has the id, or it does not rest in that time, an hour where it is left out
   */
  untilRested(id: string, within?: Duration): Promise<SagaRecord>;
  /**
   * Lets time go by until the promise is settled.
   *
   * @returns what it resolves with
   * @throws what it rejects with; AssertionError where it is not settled in that time, an hour where it is left out
   */
  settled<Value>(promise: Promise<Value>, within?: Duration): Promise<Value>;
  /** Lets this much time go by, and all happen that comes due in it. */
  advance(duration: Duration): Promise<void>;
  /** The process dies where it is, and the next one recovers what it left. Attempts under way go on, and tell nobody. */
  crash(): Promise<void>;
  /**
   * Makes attempts at the step throw this error, each arranged fault in its turn.
   *
   * @throws SagaMisuse `step_not_declared`
   */
  fail(step: AnyStep, error: unknown, options?: FailOptions): void;
  /**
   * Makes attempts at the step take until their time limit.
   *
   * @throws SagaMisuse `step_not_declared`
   */
  hang(step: AnyStep, options?: FaultOptions): void;
  /**
   * What the log has of the saga.
   *
   * @throws AssertionError where no saga has the id
   */
  log(id: string): Promise<SagaRecord>;
  close(): Promise<void>;
}

/** Opens sagas for a test; `close` or `await using` ends them. */
export async function createTestSagas<Tables extends SagaTables = SagaTables>(
  options: WorldOptions,
): Promise<TestSagas<Tables>> {
  return overWorld(await openWorld<Tables>(options));
}

/** The sagas of a world as a test uses them. */
export function overWorld<Tables extends SagaTables>(world: World<Tables>): TestSagas<Tables> {
  const { store, clock, faults, errors } = world;
  const { log, untilRested, settled } = createWaiting(world);

  const sagas = (): Sagas<Tables> => {
    const { start, startIn, ...others } = world.process().sagas;
    return {
      ...others,
      start: (definition, options) => start(world.definitionOf(definition), options),
      startIn: (tables, definition, saga) => startIn(tables, world.definitionOf(definition), saga),
    };
  };

  const start: TestSagas<Tables>['start'] = (definition, input, options = {}) =>
    settled(sagas().start(definition, { ...options, input }));

  return {
    get sagas() {
      return sagas();
    },
    store,
    errors,
    now: clock.now,
    start,
    run: async (definition, input, options) => untilRested((await start(definition, input, options)).id),
    untilRested,
    settled,
    async advance(duration) {
      await world.goUntil(() => false, toMilliseconds(duration));
    },
    crash: world.crash,
    fail: (step, error, options = {}) => faults.fail(step, error, options),
    hang: (step, options = {}) => faults.hang(step, options),
    log,
    close: world.close,
    [Symbol.asyncDispose]: world.close,
  };
}
