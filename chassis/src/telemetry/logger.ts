import winston from 'winston';
import { createLineBatch } from './line-batch.ts';
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
// The shortest card numbers, of 13 digits, look like a time in milliseconds.
const SMALLEST_SUSPICIOUS_NUMBER = 1e13;
const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
const FEWEST_SUSPICIOUS_DIGITS = 13;
const MAX_KNOWN_TEXTS = 2_000;

// Where winston keeps the level, the further arguments of a call, and the finished line.
const LEVEL = Symbol.for('level');
const SPLAT = Symbol.for('splat');
const MESSAGE = Symbol.for('message');
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

// The same ids, words and names come in line after line. Only what is harmless is remembered.
const harmlessTexts = new Set<string>();
const secretKeys = new Map<string, boolean>();

function redactText(text: string): string {
  if (text.length < FEWEST_SUSPICIOUS_DIGITS || harmlessTexts.has(text)) return text;
  const redacted = text
    .replace(QUOTED_SOURCE, 'the text is not valid JSON')
    .replace(ID_OR_CARD_NUMBER, (match, id) => (id === undefined ? REDACTED : match));
  if (redacted === text) remember(harmlessTexts, () => harmlessTexts.add(text));
  return redacted;
}

function isSecretKey(key: string): boolean {
  const known = secretKeys.get(key);
  if (known !== undefined) return known;
  const secret = SECRET_KEYS.test(key);
  remember(secretKeys, () => secretKeys.set(key, secret));
  return secret;
}

function remember(memory: { size: number; clear(): void }, add: () => void): void {
  if (memory.size >= MAX_KNOWN_TEXTS) memory.clear();
  add();
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || Number.isInteger(value)) {
    return Number(value) >= SMALLEST_SUSPICIOUS_NUMBER ? REDACTED : Number(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return REDACTED;
  if (value instanceof Error) return redactValue(describeError(value), depth + 1);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactMembers(value, depth + 1, {});
}

function redactMembers(members: object, depth: number, copy: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(members)) {
    copy[redactText(key)] = isSecretKey(key) ? REDACTED : redactValue(value, depth);
  }
  return copy;
}

// An error that is the entry itself, or comes right after the message, would have its members spread over the line.
function detailsOf(info: winston.Logform.TransformableInfo): object {
  const [argument] = (info[SPLAT] as unknown[] | undefined) ?? [];
  const error = info instanceof Error ? info : argument;
  const { level, message, service, ...details } = info;
  return error instanceof Error ? { error: describeError(error) } : details;
}

/** All that a line says, in the order in which it is written. */
function entryOf(info: winston.Logform.TransformableInfo): Record<string, unknown> {
  const entry = { timestamp: new Date().toISOString(), level: info.level };
  // A caller's own detail of that name comes in as the service.
  redactMembers({ service: info.service, message: info.message }, 1, entry);
  redactMembers(detailsOf(info), 1, entry);
  const context = requestContext();
  return context
    ? redactMembers({ requestId: context.requestId, traceId: context.traceId, ...context.labels }, 1, entry)
    : entry;
}

function prettyLine({ timestamp, level, message, service, requestId, traceId, ...rest }: Record<string, unknown>) {
  // What the message says is not said again.
  const said = new Set(String(message).split(' '));
  const details = Object.entries(rest)
    .filter(([, value]) => !said.has(String(value)))
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [String(timestamp).slice(11, 23), String(level).padEnd(5), `${service}:`, message, ...details].join(' ');
}

/** One format for everything: each format in a chain of winston's own copies the entry. */
const lineFormat = winston.format((info, options) => {
  const { write } = options as { write: (entry: Record<string, unknown>) => string };
  return { level: info.level, message: '', [LEVEL]: info[LEVEL], [MESSAGE]: write(entryOf(info)) };
});

/**
 * A winston logger that writes one line for each entry: JSON, or text for people. Every line carries the service's name
 * and, inside a request, its request and trace id, redacted like everything else: a client chose some of them.
 */
export function createLogger({
  service,
  level = 'info',
  format = 'json',
  stream = createLineBatch(process.stdout),
}: LoggerOptions): Logger {
  return winston.createLogger({
    level,
    defaultMeta: { service },
    format: lineFormat({ write: format === 'json' ? JSON.stringify : prettyLine }),
    transports: [new winston.transports.Stream({ stream })],
  });
}
