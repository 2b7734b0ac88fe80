import { SagaMisuse } from './errors.ts';
import type { Json } from './json.ts';
import { Volatile } from './volatile.ts';

const DEFAULT_MAX_BYTES = 256 * 1024;
// A character takes six bytes at most: `\u0000`.
const MOST_BYTES_A_CHARACTER = 6;
const MAX_DEPTH = 100;

/**
 * A copy of a value as the log will give it back. Members that are undefined are left out, as in JSON.
 *
 * @param where names the value in an error, such as `book-appointment, step pay, result`
 * @throws SagaMisuse `not_json` with the path of what JSON cannot say, `secret_in_log` for a secret, `too_large`
 */
export function copyJson(value: unknown, where: string, maxBytes: number = DEFAULT_MAX_BYTES): Json {
  const size = { characters: 0 };
  const copy = copyAny(value, where, size, 0);
  if (size.characters * MOST_BYTES_A_CHARACTER > maxBytes && Buffer.byteLength(JSON.stringify(copy)) > maxBytes) {
    throw new SagaMisuse('too_large', `${where} is larger than ${maxBytes} bytes`);
  }
  return copy;
}

function copyAny(value: unknown, path: string, size: { characters: number }, depth: number): Json {
  size.characters += 8;
  switch (typeof value) {
    case 'string':
      size.characters += value.length;
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw notJson(path, String(value));
      return value;
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : copyObject(value, path, size, depth);
    default:
      throw notJson(path, `a ${typeof value}`);
  }
}

function copyObject(value: object, path: string, size: { characters: number }, depth: number): Json {
  if (depth > MAX_DEPTH) throw notJson(path, 'nested too deep, or in a circle');
  if (Array.isArray(value)) return value.map((item, index) => copyAny(item, `${path}[${index}]`, size, depth + 1));
  if (value instanceof Volatile)
    throw new SagaMisuse('secret_in_log', `${path} is a secret, which the log never holds`);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notJson(path, `a ${value.constructor?.name}`);
  const copy: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    size.characters += name.length;
    // Assigned, `__proto__` would change what the copy is.
    const path_ = `${path}.${name}`;
    if (name === '__proto__') throw notJson(path_, 'a prototype');
    copy[name] = copyAny(member, path_, size, depth + 1);
  }
  return copy;
}

const notJson = (path: string, what: string) => new SagaMisuse('not_json', `${path} is ${what}, which is no JSON`);
