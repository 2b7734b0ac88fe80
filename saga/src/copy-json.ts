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
  const walk: Walk = { path: [], characters: 0 };
  const copy = copyAny(value, walk, where);
  if (walk.characters * MOST_BYTES_A_CHARACTER > maxBytes && Buffer.byteLength(JSON.stringify(copy)) > maxBytes) {
    throw new SagaMisuse('too_large', `${where} is larger than ${maxBytes} bytes`);
  }
  return copy;
}

/** A copy of what is JSON already: what the log holds is never handed out itself. */
export function cloneJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson);
  const clone: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) clone[name] = cloneJson(member);
  return clone;
}

/** How far the copying has come. */
interface Walk {
  readonly path: Array<string | number>;
  characters: number;
}

function copyAny(value: unknown, walk: Walk, where: string): Json {
  walk.characters += 8;
  switch (typeof value) {
    case 'string':
      walk.characters += value.length;
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw notJson(walk, where, String(value));
      return value;
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : copyObject(value, walk, where);
    default:
      throw notJson(walk, where, `a ${typeof value}`);
  }
}

function copyObject(value: object, walk: Walk, where: string): Json {
  if (walk.path.length > MAX_DEPTH) throw notJson(walk, where, 'nested too deep, or in a circle');
  if (Array.isArray(value)) return value.map((item, index) => copyMember(index, item, walk, where));
  if (value instanceof Volatile) {
    throw new SagaMisuse('secret_in_log', `${locationOf(walk, where)} is a secret, which the log never holds`);
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notJson(walk, where, `a ${value.constructor?.name}`);
  const copy: Record<string, Json> = {};
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    walk.characters += name.length;
    copy[name] = copyMember(name, member, walk, where);
  }
  return copy;
}

function copyMember(name: string | number, member: unknown, walk: Walk, where: string): Json {
  walk.path.push(name);
  // Assigned, it would change what the copy is.
  if (name === '__proto__') throw notJson(walk, where, 'a prototype');
  const copy = copyAny(member, walk, where);
  walk.path.pop();
  return copy;
}

const locationOf = ({ path }: Walk, where: string): string =>
  path.reduce<string>((to, name) => (typeof name === 'number' ? `${to}[${name}]` : `${to}.${name}`), where);

const notJson = (walk: Walk, where: string, what: string) =>
  new SagaMisuse('not_json', `${locationOf(walk, where)} is ${what}, which is no JSON`);
