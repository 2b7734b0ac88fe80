import pg from 'pg';

/** Whether it waits for nothing of its server's; a member of pg's that its types leave out. */
interface Connection {
  readyForQuery?: boolean;
}

const connections = new Set<Connection>();

/**
 * Watches all connections to PostgreSQL that this process makes from now on.
 *
 * @returns whether one of them waits for its server: to be connected, or for the response to a query
 */
export function watchPostgres(): () => boolean {
  const { prototype } = pg.Client;
  const connect = prototype.connect as (...callback: unknown[]) => unknown;
  prototype.connect = function (this: pg.Client, ...callback: unknown[]) {
    connections.add(this as Connection);
    this.once('end', () => connections.delete(this as Connection));
    return connect.apply(this, callback);
  } as typeof prototype.connect;
  return () => [...connections].some(({ readyForQuery }) => !readyForQuery);
}
