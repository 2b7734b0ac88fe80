import { runSequences, type StepRound } from '../load/run-sequences.ts';
import type { Contender, RunningProgram } from '../peers/contender.ts';
import { createStepContenders } from '../peers/step-contenders.ts';
import { figure, markdownTable, mebibytes } from '../report/markdown.ts';
import { median } from '../statistics.ts';
import type { Bench, PartOutcome, Verdict } from './part.ts';
import { selectContenders, takeTurns } from './take-turns.ts';

interface Result {
  name: string;
  keeps: string;
  rounds: StepRound[];
  summary: StepRound;
  /** How many steps ours makes in the time that this one makes one, start and result of the sequence included. */
  oursToThis: number;
}

/** What one durable step takes where the machine has nothing else to do: one client, sequences of empty steps. */
export async function runSteps(bench: Bench): Promise<PartOutcome> {
  const { options, folder } = bench;
  const contenders = selectContenders(createStepContenders(options.product, `${folder}/steps`), options.contenders);
  const measured = await takeTurns(contenders, options.rounds, (contender, round) => measure(bench, contender, round));
  const ours = measured.find(({ contender }) => contender.name === 'ours')?.rounds ?? [];
  const results = measured.map(({ contender: { name, keeps }, rounds }) => ({
    name,
    keeps,
    rounds,
    summary: summarise(rounds),
    oursToThis: median(rounds.map(({ step }, round) => step.p50 / (ours[round]?.step.p50 ?? Number.NaN))),
  }));
  return {
    data: { steps: options.steps, results },
    markdown: present(results),
    verdicts: [
      {
        claim: `every contender runs sequences of ${options.steps} steps, each step once`,
        reached: results.every(({ rounds }) => rounds.every(({ sequences }) => sequences > 0)),
        figures: results.map(({ name, summary }) => `${name} ${summary.sequences}`).join(', '),
        atAnySpeed: true,
      },
      ...judge(results),
    ],
  };
}

/** Whether a step of each of ours takes less than one of the others that keep a log for steps. */
function judge(results: Result[]): Verdict[] {
  const others = results.filter(({ name }) => name === 'DBOS' || name === 'Restate');
  return results
    .filter(({ name }) => name.startsWith('ours'))
    .flatMap(({ name, summary }) =>
      others.map((other) => ({
        claim: `a step of ${name}: p50 below that of ${other.name}`,
        reached: summary.step.p50 < other.summary.step.p50,
        figures: `${figure(summary.step.p50)} ms, ${figure(other.summary.step.p50)} ms`,
      })),
    );
}

// Started anew for each round, as in the table: an idle contender polls, and so takes time from the others.
async function measure({ options, say }: Bench, contender: Contender<RunningProgram>, round: number) {
  const { steps, warmUpSeconds, seconds } = options;
  const running = await contender.start();
  try {
    const result = await runSequences(running, { steps, warmUpSeconds, seconds });
    const [step, gap] = [figure(result.step.p50), figure(result.gap.p50)];
    say(`round ${round + 1}, ${contender.name}: ${step} ms a step, the next after ${gap} ms`);
    return result;
  } finally {
    await running.stop();
  }
}

// As in the table: medians, but the most memory.
function summarise(rounds: StepRound[]): StepRound {
  const middle = (of: (round: StepRound) => number) => median(rounds.map(of));
  return {
    sequences: rounds.reduce((sum, { sequences }) => sum + sequences, 0),
    step: { p50: middle(({ step }) => step.p50), p99: middle(({ step }) => step.p99) },
    gap: { p50: middle(({ gap }) => gap.p50), p99: middle(({ gap }) => gap.p99) },
    cpuMicroseconds: middle(({ cpuMicroseconds }) => cpuMicroseconds),
    peakMemory: Math.max(...rounds.map(({ peakMemory }) => peakMemory)),
    otherLoad: middle(({ otherLoad }) => otherLoad),
  };
}

const HEAD = [
  ...['contender', 'sequences', 'a step p50 ms', 'p99 ms', 'to the next p50 ms', 'p99 ms', 'CPU µs/step', 'peak MiB'],
  ...['other load', 'ours makes', 'keeps'],
];

function present(results: Result[]): string {
  const rows = results.map(({ name, keeps, summary, oursToThis }) => [
    name,
    String(summary.sequences),
    ...[summary.step.p50, summary.step.p99, summary.gap.p50, summary.gap.p99, summary.cpuMicroseconds].map(figure),
    mebibytes(summary.peakMemory),
    `${Math.round(summary.otherLoad * 100)} %`,
    `${figure(oursToThis)} ×`,
    keeps,
  ]);
  return markdownTable(HEAD, rows);
}
