import winston from 'winston';
import { createLineBatch } from './line-batch.ts';
import { describeError, redactMembers } from './redaction.ts';
import { requestContext } from './request-context.ts';

export type Logger = winston.Logger;

export interface LoggerOptions {
  service: string;
  level?: string;
  format?: 'json' | 'pretty';
  /** Where lines go; standard output when left out. */
  stream?: NodeJS.WritableStream;
}

// Where winston keeps the level, the further arguments of a call, and the finished line.
const LEVEL = Symbol.for('level');
const SPLAT = Symbol.for('splat');
const MESSAGE = Symbol.for('message');

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
  redactMembers({ service: info.service, message: info.message }, entry);
  redactMembers(detailsOf(info), entry);
  const context = requestContext();
  return context
    ? redactMembers({ requestId: context.requestId, traceId: context.traceId, ...context.labels }, entry)
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
  const logger = winston.createLogger({
    level,
    defaultMeta: { service },
    format: lineFormat({ write: format === 'json' ? JSON.stringify : prettyLine }),
    transports: [new winston.transports.Stream({ stream })],
  });
  return leaveOutSilent(logger);
}

/** Winston would make a whole line, and then look whether anybody wants it. */
function leaveOutSilent(logger: Logger): Logger {
  const silent = Object.keys(logger.levels).filter((name) => !logger.isLevelEnabled(name));
  return Object.assign(logger, Object.fromEntries(silent.map((name) => [name, () => logger])));
}
