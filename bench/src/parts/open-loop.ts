import { availableParallelism } from 'node:os';
import type { Round } from '../load/run-load.ts';
import { measureSyncs, type SyncLatency } from '../load/sync-latency.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { SUMMARY_HEAD, type Summary, summariseRounds, summaryCells } from '../report/rounds.ts';
import { agree, type Books } from '../stores/check-books.ts';
import type { Bench, PartOutcome, Verdict } from './part.ts';
import { startLoadedStack } from './stack-load.ts';

const JUDGED_RATE = 300;
const P99_BOUND_MS = 25;

/** One repeat, and what the disk took for a sync just before it. */
type Repeat = Round & { sync: SyncLatency };

/** Latency of the whole stack at fixed rates, counted from when each booking was due. */
export async function runOpenLoop(bench: Bench): Promise<PartOutcome> {
  const { rates, openLoopRepeats, openLoopSeconds, warmUpSeconds } = bench.options;
  const rounds = new Map(rates.map((rate) => [rate, [] as Repeat[]]));
  const { stack, closedLoop, openLoop, closeBooks } = await startLoadedStack(bench, `${bench.folder}/open-loop`);
  let books: Books;
  try {
    await closedLoop();
    for (let repeat = 0; repeat < openLoopRepeats; repeat += 1) {
      for (const rate of rates) {
        const sync = measureSyncs(bench.folder);
        const round = await openLoop(rate, openLoopSeconds, warmUpSeconds);
        rounds.get(rate)?.push({ ...round, sync });
        const disk = `a sync ${figure(sync.p50)} ms, p99 ${figure(sync.p99)} ms`;
        bench.say(`open loop at ${rate}/s: p99 ${figure(round.p99)} ms, ${round.errors} errors; ${disk}`);
      }
    }
    books = await closeBooks();
  } finally {
    await stack.stop();
  }
  const results = [...rounds].map(([rate, all]) => ({ rate, rounds: all, summary: summariseRounds(all) }));
  const rows = results.map(({ rate, rounds: all, summary }) => [
    `${rate} a second`,
    ...summaryCells(summary),
    all.map(({ p99, sync }) => `${figure(p99)} (${figure(sync.p99)})`).join(', '),
  ]);
  return {
    data: { results, books },
    markdown: markdownTable(
      ['open loop, whole stack', ...SUMMARY_HEAD, 'p99 of each repeat (of a sync before it)'],
      rows,
    ),
    verdicts: results.filter(({ rate }) => rate === JUDGED_RATE).map(({ summary }) => judge(summary, books)),
  };
}

function judge({ p99, errors }: Summary, books: Books): Verdict {
  return {
    claim: `open loop at ${JUDGED_RATE} a second: p99 ≤ ${P99_BOUND_MS} ms, no error, books agree`,
    reached: p99 <= P99_BOUND_MS && errors === 0 && agree(books),
    figures: `${figure(p99)} ms, ${errors} errors, ${availableParallelism()} cores${agree(books) ? '' : ', books do not agree'}`,
  };
}
