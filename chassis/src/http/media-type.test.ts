import { expect, test } from 'vitest';
import { isMediaType } from './media-type.ts';

const JSON_TYPE = 'application/json';

test.each([
  'application/json',
  'Application/JSON',
  ' application/json ; ',
  'application/json;',
  'application/json;charset=utf8',
  'application/json;charset=UTF-8',
  'application/json; charset = utf-8',
  'application/json;charset="utf-8"',
  'application/json;charset="ut\\f-8"',
  'application/json;CHARSET=us-ascii',
  'application/json;odata=verbose',
  'application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8',
  'application/json;profile="https://example.org/a;charset=utf-16"',
  'application/json;profile="x"',
  'application/json\t;\tprofile="a \\" b"',
  'application/json; ; v=1;;',
  'application/json;version=1;version=2',
])('When the header is %j, Then it is JSON', (header) => expect(isMediaType(header, JSON_TYPE)).toBe(true));

test.each([
  '',
  ';',
  'json',
  'text/json',
  'application/jsonp',
  'application/json-patch+json',
  'application/vnd.api+json',
  'application/json x',
  'application/json, text/plain',
  'application/json;charset=utf-16',
  'application/json;charset=iso-8859-1',
  'application/json;charset="utf-16"',
  'application/json;charset=windows-1252;charset=utf-8',
  'application/json;charset=',
  'application/json;charset=utf-8 x',
])('When the header is %j, Then it is not', (header) => expect(isMediaType(header, JSON_TYPE)).toBe(false));

/** How often the parser looks at a character: it counts what it asks of its text. */
function looksAt(text: string): number {
  let looks = 0;
  const counting = {
    length: text.length,
    slice: (start: number, end: number) => text.slice(start, end),
    charCodeAt(index: number) {
      looks += 1;
      return text.charCodeAt(index);
    },
  };
  isMediaType(counting as unknown as string, JSON_TYPE);
  return looks;
}

test.each([
  ['spaces behind the type', `${JSON_TYPE}${' '.repeat(7_600)}x`],
  ['spaces before it', `${' '.repeat(7_600)}${JSON_TYPE}`],
  ['semicolons', `${JSON_TYPE}${'; '.repeat(3_800)}`],
  ['names without a value', `${JSON_TYPE}${';a '.repeat(2_500)}`],
  ['quotes that do not close', `${JSON_TYPE}${';a="\\"'.repeat(1_200)}`],
  ['spaces around an equals sign', `${JSON_TYPE};a${' '.repeat(3_800)}=${' '.repeat(3_800)}`],
])('When the header has thousands of %s, Then each is looked at a few times', (_what, header) => {
  expect(looksAt(header)).toBeLessThan(4 * header.length);
  expect(looksAt(header)).toBeGreaterThan(header.length / 2);
});
