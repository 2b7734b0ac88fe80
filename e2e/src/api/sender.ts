import got, { type Got, type Method } from 'got';

/** A service's response, whatever its status. */
export interface ServiceResponse<Body> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The body as it came over the wire. */
  text: string;
  /** The body as JSON; undefined where it is none. */
  body: Body;
}

export interface Send {
  json?: unknown;
  /** Sent as it is, where the body must not be JSON. */
  raw?: string;
  headers?: Record<string, string | undefined>;
}

export type Sender = <Body = unknown>(method: Method, path: string, request?: Send) => Promise<ServiceResponse<Body>>;

/** A client for one service that judges nothing: no status is an error, nothing is retried, no redirect followed. */
export function createSender(url: string, token?: string): Sender {
  const http: Got = got.extend({
    prefixUrl: url,
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    timeout: { request: 30_000 },
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  return async <Body>(method: Method, path: string, { json, raw, headers }: Send = {}) => {
    const reply = await http(path, {
      method,
      ...(headers && { headers }),
      ...(json !== undefined && { json }),
      ...(raw !== undefined && { body: raw }),
    });
    return { status: reply.statusCode, headers: reply.headers, text: reply.body, body: parse<Body>(reply.body) };
  };
}

function parse<Body>(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined as Body;
  }
}

/** Reads a list to its end. */
export async function readAll<Item>(send: Sender, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: ServiceResponse<{ items: Item[]; nextCursor: string | null }> = await send('GET', `${path}?${query}`);
    if (page.status !== 200) throw new Error(`${path} responded with ${page.status}`);
    items.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  return items;
}
