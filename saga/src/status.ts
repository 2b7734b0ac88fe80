/**
 * Where a saga stands. Ended: `completed`; `failed` (nothing had to be undone); `compensated` (all was undone); `cancelled`
 * (an operator ended it, and all was undone). `waiting`: for a timer or an event. `stuck`: made no progress for long, or
 * needs a person; it is retried all the same. `paused`: by an operator.
 */
export type SagaStatus =
  | 'pending'
  | 'waiting'
  | 'completed'
  | 'failed'
  | 'compensating'
  | 'compensated'
  | 'stuck'
  | 'paused'
  | 'cancelled';

/** Where the saga is headed: forward, back after a failure, or back because an operator cancelled it. */
export type Goal = 'complete' | 'undo' | 'cancel';

export const ENDED_STATUSES = ['completed', 'failed', 'compensated', 'cancelled'] as const satisfies SagaStatus[];
