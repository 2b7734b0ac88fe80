import { runIn } from './run-in.ts';

/** What a process has used once it has imported its modules. */
export interface Usage {
  ms: number;
  mebibytes: number;
}

const RUNS = 15;

const scriptImporting = (statement: string) => `
  const from = performance.now();
  ${statement}
  const ms = performance.now() - from;
  process.stdout.write(JSON.stringify({ ms, mebibytes: process.memoryUsage.rss() / 2 ** 20 }));`;

/**
 * Measures what importing modules costs above a Node that imports nothing. The processes take turns, so that a busy machine
 * slows all of them.
 *
 * @param folder where the modules are installed
 * @param cases for each case the modules that it imports
 * @returns for each case the difference of its medians from those of a bare Node
 */
export async function measureImports(folder: string, cases: readonly (readonly string[])[]): Promise<Usage[]> {
  const scripts = [[], ...cases].map((names) =>
    scriptImporting(names.map((name) => `await import(${JSON.stringify(name)});`).join(' ')),
  );
  const usages = scripts.map((): Usage[] => []);
  for (let run = 0; run < RUNS; run += 1) {
    for (const [at, script] of scripts.entries()) {
      const output = await runIn(folder, process.execPath, ['--input-type=module', '--eval', script]);
      usages[at]?.push(JSON.parse(output) as Usage);
    }
  }
  const [bare, ...imported] = usages.map((measured) => ({
    ms: median(measured.map(({ ms }) => ms)),
    mebibytes: median(measured.map(({ mebibytes }) => mebibytes)),
  })) as [Usage, ...Usage[]];
  return imported.map(({ ms, mebibytes }) => ({ ms: ms - bare.ms, mebibytes: mebibytes - bare.mebibytes }));
}

function median(figures: number[]): number {
  return figures.sort((one, other) => one - other)[Math.floor(figures.length / 2)] as number;
}
