export type { SagaEvent } from './drive.ts';
export { NotPossible } from './not-possible.ts';
export { type Failure, type FailureTraits, type Json, Refusal } from './refusal.ts';
export { type Attempt, abandon, defineSaga, type Saga, type SagaDefinition, type Step, type Story } from './saga.ts';
export { findSaga, type SagaTables, sagasMigration } from './saga-log.ts';
export { isDecided, isTerminal, type SagaRecord, type SagaStatus, type StepRecord } from './saga-record.ts';
export {
  createSagaRunner,
  type RunningSaga,
  type SagaRunner,
  type SagaRunnerOptions,
} from './saga-runner.ts';
export { Volatile } from './volatile.ts';
