export { growingKey, startKeysAt } from './growing-key.ts';
export type { Migration } from './migration.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export { type PostgresHosts, readPostgresHosts } from './postgres-hosts.ts';
export { prepareQuery, prepareSql, runSql, type ValueOf, valuesOf } from './prepared-query.ts';
export { openSteadyClock, type SteadyClock } from './steady-clock.ts';
export type { Store, TransactionOptions } from './store.ts';
export { StoreFileUnusable, StoreLocked, StoreUnavailable, StoreUrlInvalid } from './store-errors.ts';
export { lockStore } from './store-lock.ts';
