import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PartName, readOptions } from './options.ts';
import { runDrivers } from './parts/drivers.ts';
import { runGrowth } from './parts/growth.ts';
import { runOpenLoop } from './parts/open-loop.ts';
import type { Bench, Part, PartOutcome, Verdict } from './parts/part.ts';
import { runProfile } from './parts/profile.ts';
import { runRecovery } from './parts/recovery.ts';
import { runSearch } from './parts/search.ts';
import { runSoak } from './parts/soak.ts';
import { runStack } from './parts/stack.ts';
import { runSteps } from './parts/steps.ts';
import { runTable } from './parts/table.ts';
import { runWaiting } from './parts/waiting.ts';
import { describeRun } from './report/machine.ts';
import { createWorkFolder } from './work-folder.ts';

const RUN: Record<PartName, Part> = {
  table: runTable,
  steps: runSteps,
  stack: runStack,
  waiting: runWaiting,
  'open-loop': runOpenLoop,
  growth: runGrowth,
  search: runSearch,
  soak: runSoak,
  recovery: runRecovery,
  profile: runProfile,
  drivers: runDrivers,
};

const print = (text: string) => process.stdout.write(`${text}\n`);

async function runAll(bench: Bench) {
  const outcomes: Array<[PartName, PartOutcome]> = [];
  for (const part of bench.options.parts) {
    const outcome = await RUN[part](bench).catch((error: unknown) => failed(part, error));
    print(`\n## ${part}\n\n${outcome.markdown}\n`);
    outcomes.push([part, outcome]);
  }
  return outcomes;
}

// A part that fails does not lose the results of the others.
function failed(part: PartName, error: unknown): PartOutcome {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    data: { error: text },
    markdown: text,
    verdicts: [{ claim: `${part} runs to its end`, reached: false, figures: 'failed', atAnySpeed: true }],
  };
}

function save(results: unknown): string {
  const folder = fileURLToPath(new URL('../results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${new Date().toISOString().slice(0, 10)}.json`;
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}

function presentVerdict({ claim, reached, figures }: Verdict): string {
  return `${reached ? 'reached    ' : 'NOT REACHED'}  ${claim}: ${figures}`;
}

// Children and folders are removed when the process ends, by a signal as well.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const options = readOptions(process.argv.slice(2));
if (options) {
  const folder = createWorkFolder();
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const run = describeRun(options.product, folder);
  print(`${run.cpu}, ${run.cores} cores, ${run.memoryGiB} GiB, ${run.fileSystem}, Node ${run.node}, ${run.commit}`);
  const outcomes = await runAll({ options, folder, say, stackRate: undefined });
  const verdicts = outcomes.flatMap(([, outcome]) => outcome.verdicts);
  const { product: _, before: __, save: wanted, smoke, ...asked } = options;
  if (smoke) print('A smoke run, so the figures mean nothing:');
  for (const verdict of verdicts) print(presentVerdict(verdict));
  const parts = Object.fromEntries(outcomes.map(([part, { data }]) => [part, data]));
  if (wanted) print(`\n${save({ run, asked, verdicts, parts })}`);
  process.exit(verdicts.every(({ reached, atAnySpeed }) => reached || (smoke && !atAnySpeed)) ? 0 : 1);
}
