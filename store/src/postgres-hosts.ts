import { StoreUrlInvalid } from './store-errors.ts';

const PARTS = /^(?<scheme>postgres(?:ql)?:\/\/)(?<user>[^/?#]*@)?(?<hosts>[^/?#]*)(?<rest>.*)$/s;
const ATTRIBUTE = 'target_session_attrs';
// A service writes, so it has no use for libpq's other ones. The one of several hosts that is taken takes writes with any of these.
const ATTRIBUTES = new Set(['any', 'read-write', 'primary']);
const LAST_PORT = 65_535;

/** The servers that a URL names; at any time one of them takes writes. */
export interface PostgresHosts {
  /** Whether a server that takes no writes is passed over. */
  readonly mustWrite: boolean;
  /** The URL, as the package `pg` takes it, of the server that worked last, or whose turn it is. */
  current(): string;
  /** Tells that this server does not respond or takes no writes: it is the next one's turn. */
  leave(url: string): void;
}

/**
 * Reads the hosts of a PostgreSQL URL, which may name several as libpq does:
 * `postgres://user@one:5432,other:5432/name?target_session_attrs=read-write`.
 *
 * @throws StoreUrlInvalid, whose message repeats nothing of the URL
 */
export function readPostgresHosts(url: string): PostgresHosts {
  const { scheme, user = '', hosts = '', rest = '' } = PARTS.exec(url)?.groups ?? {};
  const parameters = new URLSearchParams(/\?(?<query>[^#]*)/.exec(rest)?.groups?.query);
  const attribute = parameters.get(ATTRIBUTE);
  if (attribute !== null && !ATTRIBUTES.has(attribute))
    throw new StoreUrlInvalid(`${ATTRIBUTE} must be read-write, primary or any: a store is written to`);
  if (['host', 'port'].some((name) => parameters.get(name)?.includes(',')))
    throw new StoreUrlInvalid('several hosts stand between // and /, each with its port');
  const names = hosts.split(',');
  if (names.length > 1 && !names.every(isHost))
    throw new StoreUrlInvalid('each of several hosts must be a name or an address, with or without a port');
  const urls = names.length > 1 ? names.map((name) => `${scheme}${user}${name}${rest}`) : [url];
  let turn = 0;
  return {
    mustWrite: urls.length > 1 || (attribute ?? 'any') !== 'any',
    current: () => urls[turn] as string,
    leave: (left) => {
      // Of many connections that fail at once only the first one counts.
      if (left === urls[turn]) turn = (turn + 1) % urls.length;
    },
  };
}

function isHost(name: string): boolean {
  const { port } = /^(?:[^\s:@[\]]+|\[[\da-fA-F:.]+\])(?::(?<port>\d+))?$/.exec(name)?.groups ?? { port: '0' };
  return port === undefined || (Number(port) >= 1 && Number(port) <= LAST_PORT);
}
