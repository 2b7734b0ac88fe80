import { type Round, runLoad } from '../load/run-load.ts';
import type { Contender } from '../peers/contender.ts';
import { createContenders } from '../peers/contenders.ts';
import { startConstantBackends } from '../peers/program.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { medianRatio, SUMMARY_HEAD, type Summary, summariseRounds, summaryCells } from '../report/rounds.ts';
import type { Bench, PartOutcome, Verdict } from './part.ts';

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
  const wanted = (name: string) =>
    options.contenders.length === 0 || options.contenders.some((part) => name.toLowerCase().includes(part));
  const contenders = createContenders(options.product, `${folder}/table`, backends.url).filter(({ name }) =>
    wanted(name),
  );
  const rounds = new Map(contenders.map((contender) => [contender, [] as Round[]]));
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      // No contender always comes first or after the same neighbour.
      for (const contender of rotate(contenders, round)) {
        rounds.get(contender)?.push(await measure(bench, contender, round));
      }
    }
  } finally {
    await backends.stop();
  }
  const ours = [...rounds].find(([{ name }]) => name === 'ours')?.[1] ?? [];
  const results = [...rounds].map(([{ name, keeps }, all]) => ({
    name,
    keeps,
    rounds: all,
    summary: summariseRounds(all),
    oursToThis: medianRatio(ours, all),
  }));
  return { data: results, markdown: present(results), verdicts: judge(results) };
}

function rotate<Item>(items: Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

// Started anew for each round: an idle contender takes time and memory from the others (DBOS and Restate poll), and a
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
      claim: 'every contender answers every booking',
      reached: errors === 0,
      figures: `${errors} errors`,
      atAnySpeed: true,
    },
  ];
}
