import type { Profiler } from 'node:inspector';

/** A location in the code and the time that was spent in it, not in what it calls, in microseconds. */
export interface SelfTime {
  group: string;
  name: string;
  /** Who is charged: the nearest caller, itself included, that is the product's own code or a package's. */
  payer: string;
  microseconds: number;
}

/** Sums by name, the largest first. */
export type Sums = Array<{ group: string; microseconds: number }>;

const ROOT_NAMES = new Set(['(root)', '(program)', '(idle)', '(garbage collector)']);
const NO_WORK = new Set(['(idle)', 'node:inspector']);

/**
 * Adds up the samples of a profile by function; without idling, and without what the profiler itself takes.
 *
 * @param product whose own files are shown by their path in it
 */
export function selfTimes({ nodes, samples, timeDeltas }: Profiler.Profile, product: string): SelfTime[] {
  const locations = locationsOf(nodes, product);
  const times = new Map<string, SelfTime>();
  samples?.forEach((id, index) => {
    const location = locations.get(id);
    if (!location || NO_WORK.has(location.group)) return;
    const key = `${location.group} ${location.name} ${location.payer}`;
    const time = times.get(key) ?? { ...location, microseconds: 0 };
    time.microseconds += timeDeltas?.[index] ?? 0;
    times.set(key, time);
  });
  return [...times.values()];
}

type Location = Omit<SelfTime, 'microseconds'>;

function locationsOf(nodes: Profiler.ProfileNode[], product: string): Map<number, Location> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const locations = new Map<number, Location>();
  // A node comes after its parent, so the parent's payer is known by then.
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const group = groupOf(functionName, url, product);
    const above = locations.get(parents.get(id) ?? 0)?.payer ?? '(root)';
    const name = `${functionName || '(anonymous)'}${url ? `:${lineNumber + 1}` : ''}`;
    locations.set(id, { group, name, payer: payerOf(group, above) });
  }
  return locations;
}

function payerOf(group: string, above: string): string {
  const isLibrary = group.startsWith('node:') || group.startsWith('native ');
  return isLibrary && above !== '(root)' ? above : group;
}

function groupOf(functionName: string, url: string, product: string): string {
  if (ROOT_NAMES.has(functionName)) return functionName;
  if (url === '') return `native ${functionName}`;
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  const file = decodeURI(url.replace('file://', ''));
  const [, inPackage] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  if (inPackage) return inPackage;
  return file.startsWith(product) ? file.slice(product.length).replace(/^\//, '') : file;
}

/** Adds up what has the same name. */
export function sumBy(times: SelfTime[], nameOf: (time: SelfTime) => string): Sums {
  const sums = new Map<string, number>();
  for (const time of times) sums.set(nameOf(time), (sums.get(nameOf(time)) ?? 0) + time.microseconds);
  return [...sums]
    .map(([group, microseconds]) => ({ group, microseconds }))
    .toSorted((a, b) => b.microseconds - a.microseconds);
}
