import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { SERVICES, type Service } from '../../services.ts';

/** A file that lists the services and cannot read `services.ts`. Entries are texts that tell a person what to write. */
export interface ServiceList {
  file: string;
  /** What the file is to have for a service. */
  expected(service: Service): string[];
  /** What it has, for whatever services. */
  found(content: string): string[];
}

const ROOT = resolve(import.meta.dirname, '../..');

export const readText = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Reads YAML as Compose does: with merge keys, and with tags that only Compose understands. */
export const readYaml = (content: string) => parse(content, { merge: true, logLevel: 'error' });

/** The texts that a pattern finds, white space inside of them folded. */
export const allMatches = (content: string, pattern: RegExp): string[] =>
  [...content.matchAll(pattern)].map(([found]) => found.trim().replaceAll(/\s+/g, ' '));

/** What is to be done in a file so that it agrees with the list of services. */
export function corrections({ file, expected, found }: ServiceList, services: readonly Service[] = SERVICES): string[] {
  const wanted = services.flatMap(expected);
  const there = found(readText(file));
  return [
    ...wanted.filter((entry) => !there.includes(entry)).map((entry) => `${file}: add ${entry}`),
    ...there.filter((entry) => !wanted.includes(entry)).map((entry) => `${file}: take out ${entry}`),
  ];
}
