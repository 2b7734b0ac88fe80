import { readPostgresHosts, StoreUrlInvalid } from 'durable-store';
import { z } from 'zod';
import { rateField } from '../http/rate-limit/rate.ts';
import { CONNECTION_LIFETIME_MS, KEEP_ALIVE_MS } from './connections.ts';
import { fileVariable, readEnvFiles } from './env-files.ts';

/** Thrown when the environment does not fit; its message lists every problem by variable name, never by value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not acceptable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const LONGEST_MS = 600_000;
// What an Authorization header can carry.
const secretToken = z.string().regex(/^[\x21-\x7e]+$/, 'must have visible ASCII characters only');
const hasNoneEmpty = (tokens: readonly string[]) => tokens.every((token) => token !== '');

// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#symmetric
const LEAST_SECRET_BYTES = 24;
const MOST_SECRET_BYTES = 64;

function isWebhookSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= LEAST_SECRET_BYTES && bytes.length <= MOST_SECRET_BYTES && bytes.toString('base64') === base64;
}

const DATABASE_URL_FORMS = 'must look like sqlite:./data/name.db or postgres://user:password@host:5432/name';

/** @throws StoreUrlInvalid, whose message repeats nothing of the URL */
function checkDatabaseUrl(url: string): void {
  if (/^sqlite:.+/.test(url)) return;
  const server = /^postgres(ql)?:\/\//.test(url) ? URL.parse(readPostgresHosts(url).current()) : null;
  if (server === null || server.pathname.length < 2) throw new StoreUrlInvalid(DATABASE_URL_FORMS);
}

function isBareUrl(url: string): boolean {
  const { username, password, search, hash } = URL.parse(url) ?? {};
  return !username && !password && !search && !hash;
}

/** The kinds of variables that services read, ready to be put into a schema for `readEnv`. */
export const envField = {
  port: (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback),
  host: z
    .string()
    .regex(/^[^\s/@[\]]+$/, 'must be an address or a name, without scheme, port and brackets')
    .default('127.0.0.1'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  logFormat: z.enum(['json', 'pretty']).default('json'),
  /**
   * @param least below it nothing could ever go well
   * @param longest ten minutes where it is left out
   */
  milliseconds: (fallback: number, least = 1, longest = LONGEST_MS) =>
    z.coerce.number().int().min(least).max(longest).default(fallback),
  count: (fallback: number) => z.coerce.number().int().min(1).max(1_000_000).default(fallback),
  databaseUrl: (fallback: string) =>
    z
      .string()
      .superRefine((url, { addIssue }) => {
        try {
          checkDatabaseUrl(url);
        } catch (error) {
          addIssue((error as Error).message);
        }
      })
      .default(fallback),
  databasePoolSize: z.coerce.number().int().min(2).max(1_000).default(10),
  /** The base of further URLs: what stands behind its path, and who calls, would be lost in them. */
  httpUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL', abort: true })
    .refine(isBareUrl, 'must have neither user nor password, query nor fragment'),
  secretToken,
  /** A key of Standard Webhooks 1.0. */
  webhookSecret: z.string().refine(isWebhookSecret, 'must be whsec_ and 24 to 64 bytes in base64'),
  /** One token or several with commas in between: the first is the one that is sent, each is one that is taken. */
  secretTokens: secretToken
    .transform((list) => list.split(','))
    .refine(hasNoneEmpty, 'must be one token, or several with a comma between two'),
  /** How many requests in how long, such as `20/10s`. */
  rate: rateField,
  /** How many proxies stand in front. */
  proxies: z.coerce.number().int().min(0).max(10).default(0),
  /** How long an idle connection is kept: longer than what stands in front keeps it. */
  keepAlive: z.coerce.number().int().min(1_000).max(3_600_000).default(KEEP_ALIVE_MS),
  /** How long a connection is used before its client has to connect anew. */
  connectionLifetime: z.coerce.number().int().min(100).max(86_400_000).default(CONNECTION_LIFETIME_MS),
};

/**
 * Reads the process environment once, through a schema. A variable that is set but empty counts as unset, because that
 * is how Compose passes on a variable that its user never set. Every variable can come from a file, see `readEnvFiles`.
 *
 * @param schema one field for each variable
 * @param env the environment, `process.env` when left out
 * @returns the parsed values
 * @throws ConfigError naming every variable that does not fit
 */
export function readEnv<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const names = Object.keys(schema.shape).filter((name) => !(fileVariable(name) in schema.shape));
  const files = readEnvFiles(names, present);
  const parsed = schema.safeParse({ ...present, ...files.values });
  if (parsed.success && files.problems.length === 0) return parsed.data;
  const asSet = (name: string) => (name in files.values ? fileVariable(name) : name);
  const misfits = (parsed.error?.issues ?? []).map(
    ({ path: [name = '', ...rest], message }) => `${[asSet(String(name)), ...rest].join('.')}: ${message}`,
  );
  throw new ConfigError([...files.problems, ...misfits]);
}

/** The variables of every service that say how it listens, as `serve` takes them. */
export function listenOptions(config: {
  HOST: string;
  PORT: number;
  KEEP_ALIVE_MS: number;
  CONNECTION_LIFETIME_MS: number;
}) {
  const { HOST, PORT, KEEP_ALIVE_MS, CONNECTION_LIFETIME_MS } = config;
  return { host: HOST, port: PORT, keepAliveMs: KEEP_ALIVE_MS, connectionLifetimeMs: CONNECTION_LIFETIME_MS };
}
