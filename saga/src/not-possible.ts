import type { SagaRecord } from './saga-record.ts';

/** Thrown when a saga is not in a state in which it can be cancelled or retried. */
export class NotPossible extends Error {
  override name = 'NotPossible';
  readonly status: SagaRecord['status'];

  constructor(status: SagaRecord['status']) {
    super(`not possible for a saga that is ${status}`);
    this.status = status;
  }
}
