export { takePort } from './free-ports.ts';
export { type PgBouncer, startPgBouncer } from './pgbouncer.ts';
export { watchPostgres } from './postgres-answers.ts';
export { type PostgresPair, startPostgresPair } from './postgres-pair.ts';
export { type PostgresServer, startPostgresServer } from './postgres-server.ts';
export { readNotErased, readStored } from './read-stored.ts';
export { overPostgres, storeUrl } from './store-url.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { waitUntil } from './wait-until.ts';
