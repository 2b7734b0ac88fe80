import type { Store } from 'durable-store';
import type { SagaTables } from '../../src/index.ts';

/** The tables of the suite. */
export interface ConformanceTables extends SagaTables {
  conformance_accounts: { id: string; amount: number; note: string | null };
}

/** Two connections to one store. */
export type StorePair = readonly [Store<ConformanceTables>, Store<ConformanceTables>];

/** One thing that a store must do. */
export interface ConformanceCase {
  readonly name: string;
  /** Whether it closes the first connection itself. */
  readonly closesFirst?: true;
  /** @throws AssertionError where the store does not do it; what the store throws */
  readonly run: (stores: StorePair) => Promise<void>;
}
