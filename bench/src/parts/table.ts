import { type Round, runLoad } from '../load/run-load.ts';
import type { Contender } from '../peers/contender.ts';
import { createContenders } from '../peers/contenders.ts';
import { startConstantBackends } from '../peers/program.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { medianRatio, SUMMARY_HEAD, type Summary, summariseRounds, summaryCells } from '../report/rounds.ts';
import type { Bench, PartOutcome, Verdict } from './part.ts';
import { selectContenders, takeTurns } from './take-turns.ts';

interface Result {
  name: string;
  keeps: string;
  rounds: Round[];
  summary: Summary;
  /** How many bookings ours makes in the time that this one makes one. */
  oursToThis: number;
  /** The same of ours over PostgreSQL. */
  overPostgresToThis: number;
}

const OURS = 'ours';
const OVER_POSTGRES = 'ours over PostgreSQL';

/** Ours beside the others: the same request, the same backends, the same load. */
export async function runTable(bench: Bench): Promise<PartOutcome> {
  const { options, folder } = bench;
  const backends = await startConstantBackends(`${folder}/table/backends`);
  const all = createContenders(options, `${folder}/table`, backends.url);
  const contenders = selectContenders(all, options.contenders);
  const measured = await takeTurns(contenders, options.rounds, (contender, round) =>
    measure(bench, contender, round),
  ).finally(backends.stop);
  const roundsOf = (name: string) => measured.find(({ contender }) => contender.name === name)?.rounds ?? [];
  const results = measured.map(({ contender: { name, keeps }, rounds }) => ({
    name,
    keeps,
    rounds,
    summary: summariseRounds(rounds),
    oursToThis: medianRatio(roundsOf(OURS), rounds),
    overPostgresToThis: medianRatio(roundsOf(OVER_POSTGRES), rounds),
  }));
  return { data: results, markdown: present(results), verdicts: judge(results) };
}

// Started anew for each round: an idle contender takes time and memory from the others (DBOS, Restate and OpenWorkflow poll), and a
// stopped one would wake up to find its leases and connections gone.
async function measure({ options, say }: Bench, contender: Contender, round: number): Promise<Round> {
  const running = await contender.start();
  try {
    const { warmUpSeconds, seconds, connections } = options;
    const order = { url: running.url, warmUpSeconds, seconds, connections };
    const result = await runLoad('closed-loop', order, running.pids);
    say(`round ${round + 1}, ${contender.name}: ${figure(result.perSecond)}/s, p99 ${figure(result.p99)} ms`);
    return result;
  } finally {
    await running.stop();
  }
}

function present(results: Result[]): string {
  const head = ['contender', ...SUMMARY_HEAD, 'ours makes', 'ours over PostgreSQL makes', 'keeps'];
  const rows = results.map(({ name, keeps, summary, oursToThis, overPostgresToThis }) => [
    name,
    ...summaryCells(summary),
    `${figure(oursToThis)} ×`,
    `${figure(overPostgresToThis)} ×`,
    keeps,
  ]);
  return markdownTable(head, rows);
}

/** What each of ours is to reach: how many times what another makes, and whether its p99 has to be below the other's. */
const GOALS = [
  { ours: OURS, other: 'express + axios', factor: 1.1, isP99Below: false },
  { ours: OURS, other: 'node:http + undici', factor: 0.25, isP99Below: false },
  { ours: OVER_POSTGRES, other: 'Restate', factor: 2.5, isP99Below: true },
  { ours: OVER_POSTGRES, other: 'DBOS', factor: 4, isP99Below: true },
  { ours: OURS, other: 'ours before', factor: 0.97, isP99Below: false },
  { ours: OVER_POSTGRES, other: 'ours over PostgreSQL before', factor: 0.97, isP99Below: false },
] as const;

function judge(results: Result[]): Verdict[] {
  const named = (name: string) => results.find((result) => result.name === name);
  const goals = GOALS.flatMap((goal): Verdict[] => {
    const [ours, other] = [named(goal.ours), named(goal.other)];
    if (!ours || !other) return [];
    const isSound = ours.summary.errors === 0;
    const ratio = goal.ours === OURS ? other.oursToThis : other.overPostgresToThis;
    const speed: Verdict = {
      claim: `${goal.ours} ≥ ${goal.factor} × ${goal.other} in bookings per second`,
      reached: isSound && ratio >= goal.factor,
      figures: `${figure(ratio)} ×`,
    };
    if (!goal.isP99Below) return [speed];
    const [mine, theirs] = [ours.summary.p99, other.summary.p99];
    const figures = `${figure(mine)} ms, ${figure(theirs)} ms`;
    return [
      speed,
      { claim: `p99 of ${goal.ours} below that of ${goal.other}`, reached: isSound && mine < theirs, figures },
    ];
  });
  const errors = results.reduce((sum, { summary }) => sum + summary.errors, 0);
  return [
    ...goals,
    {
      claim: 'every contender makes bookings, without an error',
      reached: errors === 0 && results.every(({ rounds }) => rounds.every(({ bookings }) => bookings > 0)),
      figures: `${errors} errors`,
      atAnySpeed: true,
    },
  ];
}
