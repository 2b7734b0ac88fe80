// Library errors carry requests, options and raw bodies under these names; a log line is storage (PCI DSS 3.3).
const SECRET_KEYS =
  /^(card([_-]?(num|number|no))?|pan|cv[cv]|authorization|proxy-authorization|credentials?|(set-)?cookie|csrf|.*(token|secret|password|passphrase|passwd|pwd)|.*(api|access|private|signing|encryption)[_-]?key|.*connection[_-]?string|dsn|body|rawbody|json|options)$/i;

// UUIDs, trace ids and IPv4 addresses come first in the pattern: a run of digits inside of one is no card number. The shortest
// card numbers have 12 digits. Between digits there may be a few spaces, dashes, dots and slashes, also as a URL has them.
const BETWEEN = '(?:%20|%2[bdf]|[\\p{Z}\\p{Pd}\\p{Cf}\\t./_+]){0,6}';
const NUMBERS = new RegExp(
  '(?<![0-9a-z])(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=\\d*[a-f])[0-9a-f]{32}|\\d{1,3}(?:\\.\\d{1,3}){3})(?![0-9a-z]|[.-]\\d)' +
    `|(?<!\\p{Nd})\\p{Nd}(?:${BETWEEN}\\p{Nd}){11,}`,
  'giu',
);
const FEWEST_DIGITS = 12;
// What most lines have, and no two the same.
const ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=\d*[a-f])[0-9a-f]{32})$/i;

// Each is found by a word or sign that is rare, so that a long text is looked through once.
const CREDENTIALS: ReadonlyArray<[pattern: RegExp, replacement: string]> = [
  // The user and password of a URL, up to the last @ before its path.
  [/:\/\/[^\s/?#"'<>]*@/g, '://[redacted]@'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  // As in a query, in a connection string and in JSON.
  [
    /((?:token|secret|password|passphrase|passwd|pwd|(?:api|access|private)[_-]?key)["']?[=:]\s?)(?!\[redacted)(?:"[^"]*"|'[^']*'|[^\s&;,"'}]+)/gi,
    '$1[redacted]',
  ],
];
// V8 quotes the text around the place where JSON ends being JSON.
const NOT_JSON = ' is not valid JSON';
const SHORTEST_CREDENTIALS = 'pwd=x'.length;

// Below are counts and sizes. Times in milliseconds have 13 digits, and up to 2033 begin with a 1, which no card of 13 digits
// does.
const SMALLEST_SUSPICIOUS_NUMBER = 1e11;
const isTime = (value: number): boolean => value >= 1e12 && value < 2e12;

const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
const MAX_KNOWN_TEXTS = 2_000;

// The same ids, words and names come in line after line. Only what is harmless is remembered.
const harmlessTexts = new Set<string>();
const secretKeys = new Map<string, boolean>();

/**
 * A text for the log. In place of these it has `[redacted]`: a number of 12 digits or more in any script, whatever spaces and
 * dashes are in it; the user and password of a URL; what stands behind `Bearer`, `Basic`, or the name of a secret. UUIDs,
 * trace ids and IPv4 addresses stay, and so do times as ISO 8601 writes them.
 */
export function redactText(text: string): string {
  if (text.length < SHORTEST_CREDENTIALS || harmlessTexts.has(text) || ID.test(text)) return text;
  let redacted = withoutQuotedJson(text);
  for (const [pattern, replacement] of CREDENTIALS) redacted = redacted.replace(pattern, replacement);
  if (text.length >= FEWEST_DIGITS) {
    redacted = redacted.replace(NUMBERS, (match, id) => (id === undefined ? REDACTED : match));
  }
  if (redacted === text) remember(harmlessTexts, () => harmlessTexts.add(text));
  return redacted;
}

function withoutQuotedJson(text: string): string {
  const end = text.lastIndexOf(NOT_JSON);
  const start = text.indexOf('"');
  if (start < 0 || start > end) return text;
  return `${text.slice(0, start).replace(/\.\.\.$/, '')}the text${text.slice(end)}`;
}

/**
 * Copies members for the log into `copy`: those with the name of a secret without their values, texts as `redactText` has
 * them, integers of 12 digits or more only where they are times in milliseconds.
 */
export function redactMembers(members: object, copy: Record<string, unknown> = {}, depth = 1): Record<string, unknown> {
  for (const [key, value] of Object.entries(members)) {
    copy[redactText(key)] = isSecretKey(key) ? REDACTED : redactValue(value, depth);
  }
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || Number.isInteger(value)) {
    const number = Number(value);
    return Math.abs(number) < SMALLEST_SUSPICIOUS_NUMBER || isTime(number) ? number : REDACTED;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return REDACTED;
  if (value instanceof Error) return redactValue(describeError(value), depth + 1);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactMembers(value, {}, depth + 1);
}

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
