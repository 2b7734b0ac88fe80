import fc, { type Arbitrary } from 'fast-check';

const ODD_STRINGS = [
  ...[
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u202eabc',
    '\u200b',
    'e\u0301',
    'İ',
    'ﬃ',
    '💥',
    '\ufeff',
    '\u2028',
    '\u007f',
    '\u0085',
  ],
  ...['__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', '[object Object]', '{{7*7}}'],
  ...["'; drop table bookings;--", '<img src=x onerror=alert(1)>', '../../etc/passwd', '%00', '%', '\r\nX: y', '\\'],
  ...['00-00-0000', '31-02-2019', '29-02-1900', '01-01-0000', '٠١-٠١-٢٠١٩', '0', '-1', '1e3', '0.00', '1.005', '0x10'],
  ...['999999999999.99', '9999999999999.99', '9'.repeat(400), 'a'.repeat(101), '💥'.repeat(100), 'é'.repeat(101)],
  ...['1234567', '1'.repeat(20), '1 2-3 4-5 6-7', '1'.repeat(7).split('').join(' '.repeat(300)), 'x'.repeat(20_000)],
];

/** Text that has broken programs before. */
export const oddText: Arbitrary<string> = fc.oneof(fc.constantFrom(...ODD_STRINGS), fc.string({ unit: 'binary' }));

/** Values of every kind that JSON has, and of no kind that is expected. */
export const oddValue: Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: oddText },
  fc.constantFrom(
    null,
    true,
    0,
    -0,
    -1,
    1.5,
    1e308,
    5e-324,
    2 ** 53,
    Number.MAX_SAFE_INTEGER,
    [],
    {},
    [[]],
    [null],
    ['x'],
  ),
  fc.constantFrom<unknown>(
    { toString: 1 },
    { length: 3 },
    { __proto__: 1 },
    { constructor: { prototype: {} } },
    [1, 2],
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const RAW_BODIES = [
  ...['', ' ', '{', '}', 'null', 'true', '1', '"x"', '[]', '{}', '[{}]', '{"a":1}{"b":2}', '\ufeff{}', '{"a":\u0000}'],
  ...['{"__proto__":{"name":"x"},"name":1}', '{"constructor":{"prototype":{}}}', '{"name":"a","name":"b"}', 'name=x'],
  ...['{"a":1e999}', '{"a":"\\ud800"}', '['.repeat(5_000), '{"a":'.repeat(3_000), `{"a":"${'x'.repeat(40_000)}"}`],
];

/** Bodies that are hardly JSON, or hardly an object. */
export const oddBody: Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom(...RAW_BODIES),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .object({ maxDepth: 4 })
    .map((value) => JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? 0 : member))),
);
