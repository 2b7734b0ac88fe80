import pg from 'pg';
import { NoWrites } from './postgres-failure.ts';
import type { PostgresHosts } from './postgres-hosts.ts';

// A server that was taken off its network does not even refuse: another attempt must come while there is patience left.
export const CONNECT_MS = 1_000;

/** @throws NoWrites where the server is a standby, or was told to take none */
export async function checkWrites(client: pg.ClientBase): Promise<void> {
  const question = { text: `select current_setting('transaction_read_only') as read_only`, query_timeout: CONNECT_MS };
  const { rows } = await client.query<{ read_only: string }>(question);
  if (rows[0]?.read_only === 'on') throw new NoWrites();
}

/**
 * What makes a pool connect to the server whose turn it is. One that does not respond or takes no writes gives its turn to
 * the next one, which is tried when the work is retried.
 */
export function connectInTurn(hosts: PostgresHosts): Pick<pg.PoolConfig, 'Client' | 'verify'> {
  class Client extends pg.Client {
    readonly url: string;

    constructor(options: pg.ClientConfig) {
      const url = hosts.current();
      // The pool's own timeout is for the wait for a connection, which may be a free one.
      super({ ...options, connectionString: url, connectionTimeoutMillis: CONNECT_MS });
      this.url = url;
    }

    override connect(): Promise<this>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error, client?: pg.Client) => void): Promise<this> | undefined {
      if (!callback) return super.connect() as Promise<this>;
      super.connect((error: Error | null, client?: pg.Client) => {
        if (error) hosts.leave(this.url);
        callback(error as Error, client);
      });
      return undefined;
    }
  }
  const verify: pg.PoolConfig['verify'] = (client, done) =>
    checkWrites(client).then(
      () => done(),
      (error: Error) => {
        hosts.leave((client as unknown as Client).url);
        done(error);
      },
    );
  return { Client: Client as unknown as new () => pg.Client, ...(hosts.mustWrite && { verify }) };
}
