import fc, { type Arbitrary } from 'fast-check';

// What may stand in a header as Node sends it: tab, and Latin-1 without control characters.
const latin1 = fc.string({
  unit: fc
    .integer({ min: 32, max: 255 })
    .filter((code) => code !== 127)
    .map((code) => String.fromCharCode(code)),
});

/** Header values at the edge of what a server lets through. */
export const oddHeader: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '""',
    '"',
    '"a',
    'a"',
    '\t',
    ',',
    ';',
    '*',
    'é',
    '\u00ff',
    'x'.repeat(256),
    'x'.repeat(3_000),
  ),
  fc.constantFrom('Bearer', 'Bearer ', 'bearer  x', 'Basic eDp5', 'respond-async; wait=10', 'wait=1, respond-async'),
  fc.constantFrom(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, '00-x'),
  latin1,
);

/** Headers that no route needs, or that change how the request is read. */
export const oddHeaders: Arbitrary<Record<string, string>> = fc.oneof(
  fc.constantFrom<Record<string, string>>(
    { 'content-type': 'text/plain' },
    { 'content-type': '' },
    { 'content-type': 'application/json; charset=utf-7' },
    { 'content-type': 'application/json; charset=utf-16le' },
    { 'content-type': 'application/json; charset="' },
    { 'content-type': 'application/json;;;' },
    { 'content-type': 'APPLICATION/JSON' },
    { 'content-type': 'application/vnd.api+json' },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'deflate' },
    { 'content-encoding': 'br' },
    { 'content-encoding': 'identity' },
    { 'content-encoding': 'x' },
    { accept: 'text/plain;q=0' },
    { 'if-none-match': '*' },
    { 'if-match': '"x"' },
    { 'if-modified-since': 'Thu, 31 Dec 2099 00:00:00 GMT' },
    { range: 'bytes=0-1' },
    { connection: 'close' },
    { 'x-forwarded-host': 'elsewhere', 'x-forwarded-proto': 'x' },
    { 'x-http-method-override': 'DELETE' },
    { cookie: '__proto__=1; session=x' },
    { origin: 'https://elsewhere.example' },
  ),
  fc.record({ 'x-odd': oddHeader }),
);

/** Methods that are not the operation's own, most of them. */
export const oddMethod = fc.constantFrom(
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'QUERY', 'M-SEARCH'],
);

/** One segment of a path, encoded in ways that are not proper. */
export const oddSegment: Arbitrary<string> = fc.constantFrom(
  ...[
    '%',
    '%zz',
    '%00',
    '%2e%2e',
    '..%2f..',
    '%2F',
    '%c0%ae',
    '%E0%A4%A',
    '%ff',
    '%ud83d',
    '+',
    '%25',
    '%20',
    '%0d%0a',
  ],
  ...[
    ';',
    ':id',
    '*',
    '(.*)',
    '$&',
    '__proto__',
    'constructor',
    '1001',
    '1e3',
    '%31',
    '-1',
    'a'.repeat(2_000),
    "'",
    '"',
    '|',
  ],
);

/** Paths that no operation has. */
export const oddPath = fc.constantFrom(
  ...['/', '//', '/nothing', '/docs/', '/docs/../openapi.json', '/docs/%2e%2e/x', '/docs/constructor', '/bookings/'],
  ...['/metrics/x', '/%', '/openapi.json/', '/openapi.yaml', '/.env', '*', '/bookings//retry'],
);

/** Pieces of a query that are not proper. */
export const oddQuery = fc.constantFrom(
  ...[
    '=',
    '&&&',
    '?',
    '%',
    '%zz=%zz',
    'a[]=1',
    'a[b]=c',
    '__proto__=x',
    '__proto__[x]=y',
    'limit=1&limit=2',
    'limit[]=1',
  ],
  ...[
    'limit=1e400',
    'limit=0x5',
    'limit=',
    'cursor=',
    'cursor=-1',
    'limit=%20',
    'status=nope',
    'date=1&date=2',
    'x'.repeat(2_000),
  ],
);
