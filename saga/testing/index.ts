export type { ConformanceTables, StorePair } from './conformance/conformance-case.ts';
export type { FailOptions, FaultOptions } from './faults.ts';
export type { StepPart } from './instrument.ts';
export { type KillOptions, type KillReport, killAtEveryWrite } from './kill-at-every-write.ts';
export type { Ending } from './perform-saga.ts';
export { type OpenStorePair, storeConformance } from './store-conformance.ts';
export type { UnexpectedError } from './test-process.ts';
export { createTestSagas, type Startable, type TestSagas } from './test-sagas.ts';
export type { WorldOptions as TestSagasOptions } from './world.ts';
