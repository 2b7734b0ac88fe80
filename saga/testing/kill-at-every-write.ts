import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { SagaDefinition, SagaStatus, SagaTables } from '../src/index.ts';
import type { Moment } from './mortal-store.ts';
import { type Ending, type Performance, type PerformOptions, performSaga } from './perform-saga.ts';

export interface KillOptions<Secret, Tables extends SagaTables> extends PerformOptions<Secret, Tables> {
  /**
   * How the saga may end after a crash other than it ends without one: rolled back, where a secret is lost or a step is
   * not resumed.
   */
  mayEndAs?: ReadonlyArray<Pick<Ending, 'status' | 'effects'>>;
}

export interface KillReport {
  /** What was written when nothing crashed, in order, as `pending: flight done, hotel running`. */
  readonly writes: readonly string[];
  /** How the saga ends when nothing crashes. */
  readonly ending: Ending;
  /** How many crashes ended in which status. */
  readonly crashes: Readonly<Partial<Record<SagaStatus, number>>>;
}

const MOMENTS: readonly Moment[] = ['before', 'after'];

/**
 * Runs a saga once without a fault; then, for each write of that run, once more with a crash before the write's commit
 * and once with a crash after it, each time over a new store. The next process recovers the saga and runs it to its end,
 * which must leave the same status, result, failure and effects.
 *
 * @throws AssertionError at the first crash after which the saga ends differently, with the write in its message; what
 * the caller's functions throw
 */
export async function killAtEveryWrite<Input, Result, Secret, Tables extends SagaTables = SagaTables>(
  definition: SagaDefinition<Input, Result, Secret>,
  input: NoInfer<Input>,
  options: KillOptions<NoInfer<Secret>, Tables>,
): Promise<KillReport> {
  const { writes, ending } = await performSaga(definition, input, options);
  const crashes: Partial<Record<SagaStatus, number>> = {};
  for (const [index, written] of writes.entries()) {
    for (const moment of MOMENTS) {
      const performance = await performSaga(definition, input, options, { write: index + 1, moment });
      assertEnding(
        performance,
        ending,
        options.mayEndAs ?? [],
        `${moment} the commit of write ${index + 1} (${written})`,
      );
      const { status } = performance.ending;
      crashes[status] = (crashes[status] ?? 0) + 1;
    }
  }
  return { writes, ending, crashes };
}

function assertEnding(
  { ending }: Performance,
  expected: Ending,
  mayEndAs: ReadonlyArray<Pick<Ending, 'status' | 'effects'>>,
  where: string,
): void {
  if (isDeepStrictEqual(ending, expected)) return;
  const { status, effects } = ending;
  if (mayEndAs.some((other) => other.status === status && isDeepStrictEqual(other.effects, effects))) return;
  throw new AssertionError({
    message: `after a crash ${where} the saga ends differently:\n${show(ending)}\ninstead of\n${show(expected)}`,
    actual: ending,
    expected,
    operator: 'deepStrictEqual',
  });
}

const show = (ending: Ending): string => inspect(ending, { depth: 6 });
