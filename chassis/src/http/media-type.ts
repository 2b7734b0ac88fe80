import { parse } from 'content-type';

// What is US-ASCII is UTF-8.
const UTF8: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Whether a `Content-Type` is of this type, and of a charset that is read here: UTF-8, under whatever name. Other parameters
 * do not matter.
 *
 * @param header the field's value, empty where there is none
 * @param type in lower case
 */
export function isMediaType(header: string, type: string): boolean {
  const { type: given, parameters } = parse(header);
  return given === type && UTF8.has((parameters.charset ?? 'utf-8').toLowerCase());
}
