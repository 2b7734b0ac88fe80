import winston from 'winston';
import { requestContext } from './request-context.ts';

export type Logger = winston.Logger;

export interface LoggerOptions {
  service: string;
  level?: string;
  format?: 'json' | 'pretty';
  /** Where lines go; standard output when left out. */
  stream?: NodeJS.WritableStream;
}

// Library errors carry requests, options and raw bodies under these names; a log line is storage (PCI DSS 3.3).
const SECRET_KEYS =
  /^(card([_-]?(num|number|no))?|pan|cv[cv]|authorization|cookie|set-cookie|.*token|.*secret|password|body|rawbody|json|options)$/i;
// UUIDs and trace ids come first in the pattern: a run of digits inside of one is no card number.
const ID_OR_CARD_NUMBER =
  /\b(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=\d*[a-f])[0-9a-f]{32})\b|(?<!\d)\d(?:[ ._-]*\d){12,}/gi;
// The shortest card numbers, of 13 digits, cannot be told from a time in milliseconds.
const SMALLEST_SUSPICIOUS_NUMBER = 1e13;
const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
// Where winston keeps the level and the further arguments of a call.
const LEVEL = Symbol.for('level');
const SPLAT = Symbol.for('splat');
// V8 quotes the text around the place where JSON ends being JSON.
const QUOTED_SOURCE = /(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON/gs;

/** What may be logged of an error: everything else on it may hold a request, and with it a card number. */
export function describeError(error: unknown): Record<string, unknown> {
  return describeCausesUpTo(MAX_DEPTH, error);
}

function describeCausesUpTo(depth: number, error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: `a thrown ${typeof error}` };
  const { code, status } = error as { code?: unknown; status?: unknown };
  return {
    name: error.name,
    message: redactText(error.message),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined || depth === 0 ? {} : { cause: describeCausesUpTo(depth - 1, error.cause) }),
  };
}

function redactText(text: string): string {
  return text
    .replace(QUOTED_SOURCE, 'the text is not valid JSON')
    .replace(ID_OR_CARD_NUMBER, (match, id) => (id === undefined ? REDACTED : match));
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || Number.isInteger(value)) {
    return Number(value) >= SMALLEST_SUSPICIOUS_NUMBER ? REDACTED : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return REDACTED;
  if (value instanceof Error) return redactValue(describeError(value), depth + 1);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    copy[redactText(key)] = SECRET_KEYS.test(key) ? REDACTED : redactValue(item, depth + 1);
  }
  return copy;
}

// An error that is the entry itself, or comes right after the message, would have all its members spread over the line.
const allowListErrors = winston.format((info) => {
  const [argument] = (info[SPLAT] as unknown[] | undefined) ?? [];
  const error = info instanceof Error ? info : argument;
  if (!(error instanceof Error)) return info;
  const { level, message, service } = info;
  return { [LEVEL]: info[LEVEL], level, message, service, error: describeError(error) };
});

// winston keeps level and message under symbols as well: those must survive the copy.
const redact = winston.format((info) => {
  for (const [key, value] of Object.entries(info)) {
    const name = redactText(key);
    if (name !== key) delete info[key];
    info[name] = SECRET_KEYS.test(key) ? REDACTED : redactValue(value, 1);
  }
  return info;
});

const withRequestContext = winston.format((info) => {
  const context = requestContext();
  return context
    ? Object.assign(info, { requestId: context.requestId, traceId: context.traceId }, context.labels)
    : info;
});

const pretty = winston.format.printf(({ timestamp, level, message, service, requestId, traceId, ...rest }) => {
  // What the message says already is not said again.
  const said = new Set(String(message).split(' '));
  const details = Object.entries(rest)
    .filter(([, value]) => !said.has(String(value)))
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [String(timestamp).slice(11, 23), level.padEnd(5), `${service}:`, message, ...details].join(' ');
});

/**
 * A winston logger that writes one line for each entry: JSON, or text for people. Every line carries the service's name
 * and, inside a request, its request and trace id, redacted like everything else: a client chose some of them.
 */
export function createLogger({
  service,
  level = 'info',
  format = 'json',
  stream = process.stdout,
}: LoggerOptions): Logger {
  return winston.createLogger({
    level,
    defaultMeta: { service },
    format: winston.format.combine(
      allowListErrors(),
      withRequestContext(),
      redact(),
      winston.format.timestamp(),
      format === 'json' ? winston.format.json() : pretty,
    ),
    transports: [new winston.transports.Stream({ stream })],
  });
}
