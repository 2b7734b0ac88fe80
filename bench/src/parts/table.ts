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
}

/** Ours beside the others: the same request, the same backends, the same load. */
export async function runTable(bench: Bench): Promise<PartOutcome> {
  const { options, folder } = bench;
  const backends = await startConstantBackends(`${folder}/table/backends`);
  const all = createContenders(options.product, `${folder}/table`, backends.url);
  const contenders = selectContenders(all, options.contenders);
  const measured = await takeTurns(contenders, options.rounds, (contender, round) =>
    measure(bench, contender, round),
  ).finally(backends.stop);
  const ours = measured.find(({ contender }) => contender.name === 'ours')?.rounds ?? [];
  const results = measured.map(({ contender: { name, keeps }, rounds }) => ({
    name,
    keeps,
    rounds,
    summary: summariseRounds(rounds),
    oursToThis: medianRatio(ours, rounds),
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
  const head = ['contender', ...SUMMARY_HEAD, 'ours makes', 'keeps'];
  const rows = results.map(({ name, keeps, summary, oursToThis }) => [
    name,
    ...summaryCells(summary),
    `${figure(oursToThis)} ×`,
    keeps,
  ]);
  return markdownTable(head, rows);
}

function judge(results: Result[]): Verdict[] {
  const ours = results.find(({ name }) => name === 'ours');
  const least: Array<[string, number]> = [
    ['Restate', 2.5],
    ['DBOS', 4],
    ['express + axios', 1],
    ['node:http + undici', 0.25],
  ];
  const speeds = least.flatMap(([name, factor]) => {
    const peer = results.find((result) => result.name === name);
    if (!ours || !peer) return [];
    const sound = ours.summary.errors === 0;
    const speed: Verdict = {
      claim: `ours ≥ ${factor} × ${name} in bookings per second`,
      reached: sound && peer.oursToThis >= factor,
      figures: `${figure(peer.oursToThis)} ×`,
    };
    if (name !== 'Restate' && name !== 'DBOS') return [speed];
    const [mine, theirs] = [ours.summary.p99, peer.summary.p99];
    const figures = `${figure(mine)} ms, ${figure(theirs)} ms`;
    return [speed, { claim: `p99 below that of ${name}`, reached: sound && mine < theirs, figures }];
  });
  const errors = results.reduce((sum, { summary }) => sum + summary.errors, 0);
  return [
    ...speeds,
    {
      claim: 'every contender makes bookings, without an error',
      reached: errors === 0 && results.every(({ rounds }) => rounds.every(({ bookings }) => bookings > 0)),
      figures: `${errors} errors`,
      atAnySpeed: true,
    },
  ];
}
