import { z } from 'zod';

/** Thrown when the environment does not fit; its message lists every problem by variable name, never by value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not acceptable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const milliseconds = z.coerce.number().int().min(1).max(600_000);
// What an Authorization header can carry.
const secretToken = z.string().regex(/^[\x21-\x7e]+$/, 'must have visible ASCII characters only');

function isDatabaseUrl(url: string): boolean {
  if (/^sqlite:.+/.test(url)) return true;
  const parsed = /^postgres(ql)?:\/\//.test(url) ? URL.parse(url) : null;
  return parsed !== null && parsed.pathname.length > 1;
}

/** The kinds of variables that services read, ready to be put into a schema for `readEnv`. */
export const envField = {
  port: (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback),
  host: z.string().default('127.0.0.1'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  logFormat: z.enum(['json', 'pretty']).default('json'),
  milliseconds: (fallback: number) => milliseconds.default(fallback),
  count: (fallback: number) => z.coerce.number().int().min(1).max(1_000_000).default(fallback),
  databaseUrl: (fallback: string) =>
    z
      .string()
      .refine(isDatabaseUrl, 'must look like sqlite:./data/name.db or postgres://user:password@host:5432/name')
      .default(fallback),
  databasePoolSize: z.coerce.number().int().min(2).max(1_000).default(10),
  httpUrl: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }),
  secretToken,
};

/**
 * Reads the process environment once, through a schema. A variable that is set but empty counts as unset, because that
 * is how Compose passes on a variable that its user never set.
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
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
}
