import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

const START_PATIENCE_MS = 30_000;

/** A PostgreSQL server for the tests of one file, which starts before them and stops after them. */
export function postgresForFile() {
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = await startPostgresServer();
  }, START_PATIENCE_MS);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return {
    /** The server; only inside of a test. */
    get server(): PostgresServer {
      return server as PostgresServer;
    },
    /** @returns the URL of a new, empty database */
    newDatabase: () => (server as PostgresServer).createDatabase(`unit-${randomUUID()}`),
  };
}
