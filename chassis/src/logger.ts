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
  /^(cardnum|card|cardnumber|pan|cvc|authorization|cookie|set-cookie|.*token|.*secret|password|body|rawbody|json|options)$/i;
const CARD_NUMBER = /(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g;
const REDACTED = '[redacted]';
const MAX_DEPTH = 6;

/** What may be logged of an error: everything else on it may hold a request, and with it a card number. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: `a thrown ${typeof error}` };
  const { code, status } = error as { code?: unknown; status?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(CARD_NUMBER, REDACTED);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return REDACTED;
  if (value instanceof Error) return redactValue(describeError(value), depth + 1);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    copy[key] = SECRET_KEYS.test(key) ? REDACTED : redactValue(item, depth + 1);
  }
  return copy;
}

// winston keeps level and message under symbols as well: those must survive the copy.
const redact = winston.format((info) => {
  for (const [key, value] of Object.entries(info)) {
    info[key] = SECRET_KEYS.test(key) ? REDACTED : redactValue(value, 1);
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
  const details = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return [String(timestamp).slice(11, 23), level.padEnd(5), `${service}:`, message, ...details].join(' ');
});

/**
 * A winston logger that writes one line for each entry: JSON, or text for people. Every line carries the service's name
 * and, inside a request, its request and trace id. Redaction comes before anything else sees the entry.
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
      redact(),
      withRequestContext(),
      winston.format.timestamp(),
      format === 'json' ? winston.format.json() : pretty,
    ),
    transports: [new winston.transports.Stream({ stream })],
  });
}
