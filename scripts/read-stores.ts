import { z } from 'zod';
import type { Payment } from '../payment/audit.ts';
import type { Appointment } from '../reservation/audit.ts';
import { BACKEND_NAMES, type BackendName, mapServicesAsync, type ServiceName } from '../services.ts';
import { AUDITED, type AuditedRow } from './audited-stores.ts';
import { OtherCertificate, type Send } from './entrance.ts';

/** The addresses and tokens of a running stack. */
export interface StackAddresses extends Record<ServiceName, string> {
  /** What the backends ask for, where they do. */
  tokens?: Partial<Record<BackendName, string | undefined>>;
  /** Without it the audit covers only bookings that left something in one of the other stores. */
  operatorToken?: string | undefined;
  /** Sends what goes to the orchestrator; `fetch` where it is left out. */
  send?: Send;
}

const booking = z.object({
  id: z.string(),
  status: z.string(),
  reply: z.record(z.string(), z.string()).nullable(),
  steps: z.array(z.object({ name: z.string(), status: z.string() })),
});

export type Booking = z.output<typeof booking>;

/** What the stores hold: the rows of each backend, by its name, and the bookings. */
export interface Stores extends Record<BackendName, AuditedRow[]> {
  reservation: Appointment[];
  payment: Payment[];
  bookings: Booking[];
}

/** No service responds at an address of the stack. */
export class StackAway extends Error {
  override name = 'StackAway';

  constructor(url: string, cause: unknown) {
    const [, origin = url] = /^(\w+:\/\/[^/]+)/.exec(url) ?? [];
    const { code } = ((cause as Error).cause ?? {}) as { code?: string };
    super(`nothing responds at ${origin}${code ? ` (${code})` : ''}; start a stack with 'make up' or 'npm start'`, {
      cause,
    });
  }
}

async function getJson(url: string, token: string | undefined, send: Send = fetch): Promise<unknown> {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await send(url, { headers }).catch((error: unknown) => {
    throw error instanceof OtherCertificate ? error : new StackAway(url, error);
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${new URL(url).pathname} responded with ${response.status}`);
  return response.json();
}

async function readPages<Item>(
  url: string,
  token: string | undefined,
  item: z.ZodType<Item>,
  send?: Send,
): Promise<Item[]> {
  const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { items: more, nextCursor }: z.output<typeof page> = page.parse(
      await getJson(`${url}?${query}`, token, send),
    );
    items.push(...more);
    cursor = nextCursor;
  }
  return items;
}

async function readBookings(
  { appointment, operatorToken, send }: StackAddresses,
  references: Iterable<string>,
): Promise<Booking[]> {
  if (operatorToken) return readPages(`${appointment}/bookings`, operatorToken, booking, send);
  const found: Booking[] = [];
  for (const reference of references) {
    const body = await getJson(`${appointment}/bookings/${encodeURIComponent(reference)}`, undefined, send);
    if (body !== undefined) found.push(booking.parse(body));
  }
  return found;
}

/**
 * Reads the stores through the services' own routes.
 *
 * @throws where a service does not respond or refuses the token
 */
export async function readStores(stack: StackAddresses): Promise<Stores> {
  const rows = await mapServicesAsync(BACKEND_NAMES, (name) => {
    const { path, schema } = AUDITED[name];
    return readPages(stack[name] + path, stack.tokens?.[name], schema);
  });
  const references = new Set(Object.values(rows).flatMap((some) => some.map(({ reference }) => reference)));
  // Each row is what the schema of its own backend makes of it.
  return { ...(rows as Pick<Stores, BackendName>), bookings: await readBookings(stack, references) };
}
