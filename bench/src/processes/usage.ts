import { readdirSync, readFileSync } from 'node:fs';

// What the kernel shows to programs, whatever it counts in (`man 5 proc`).
const TICKS_PER_SECOND = 100;
const KIB = 1024;

interface Stat {
  pid: number;
  parent: number;
  /** Of itself and of children that it has waited for. */
  seconds: number;
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    return { pid, parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND };
  } catch {
    // It ended while the list was read.
    return undefined;
  }
}

function treesOf(roots: readonly number[]): Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined);
  const tree = all.filter(({ pid }) => roots.includes(pid));
  for (const { pid } of tree) tree.push(...all.filter((stat) => stat.parent === pid && !tree.includes(stat)));
  return tree;
}

/** CPU time, user and system, that processes and all they have started have taken so far, in seconds. */
export function cpuSecondsOf(roots: readonly number[]): number {
  return treesOf(roots).reduce((sum, { seconds }) => sum + seconds, 0);
}

/**
 * Memory of processes and all they have started, in bytes: proportional set size, in which a page that several
 * processes share counts once. A sum of resident sets would count PostgreSQL's buffers once for each connection.
 */
export function memoryOf(roots: readonly number[]): number {
  return treesOf(roots).reduce((sum, { pid }) => sum + readPss(pid), 0);
}

function readPss(pid: number): number {
  try {
    const [, kib] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kib ?? 0) * KIB;
  } catch {
    return 0;
  }
}

/** CPU time that the whole machine has been busy so far, the time that its host took from it included, in seconds. */
export function machineBusySeconds(): number {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = ticks;
  return (user + nice + system + irq + softIrq + steal) / TICKS_PER_SECOND;
}
