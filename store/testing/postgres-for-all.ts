import { startPostgresServer } from './postgres-server.ts';
import { POSTGRES_VARIABLE } from './store-url.ts';

/** Before a run whose tests are to use PostgreSQL: starts the one server that all of them share. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  process.env[POSTGRES_VARIABLE] = server.urlOf('postgres');
  return () => server[Symbol.asyncDispose]();
}
