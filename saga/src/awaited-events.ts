import type { StepRecord } from './record.ts';

/** The event by which a child saga tells its parent the outcome. */
export const outcomeEvent = (child: string): string => `outcome of ${child}`;

/** The events that a saga's open waits are waiting for. */
export function awaitedEvents(steps: readonly StepRecord[]): Set<string> {
  return new Set(
    steps.flatMap(({ kind, name, status, child }) => {
      if (status !== 'running') return [];
      if (kind === 'child') return [outcomeEvent(child ?? '')];
      return kind === 'wait' ? [name] : [];
    }),
  );
}
