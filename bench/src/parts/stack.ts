import type { Round } from '../load/run-load.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { SUMMARY_HEAD, summariseRounds, summaryCells } from '../report/rounds.ts';
import { agree, type Books } from '../stores/check-books.ts';
import type { Bench, PartOutcome, Verdict } from './part.ts';
import { startLoadedStack } from './stack-load.ts';

/** The three services of the product over their own stores, in closed loop. */
export async function runStack(bench: Bench): Promise<PartOutcome> {
  const rounds: Round[] = [];
  const books: Books[] = [];
  for (let round = 0; round < bench.options.rounds; round += 1) {
    const { stack, closedLoop, closeBooks } = await startLoadedStack(bench, `${bench.folder}/stack-${round}`);
    try {
      rounds.push(await closedLoop());
      books.push(await closeBooks());
    } finally {
      await stack.stop();
    }
    bench.say(`round ${round + 1}, whole stack: ${figure(rounds.at(-1)?.perSecond ?? 0)}/s`);
  }
  const summary = summariseRounds(rounds);
  bench.stackRate = summary.perSecond;
  const verdicts: Verdict[] = [
    {
      claim: 'the whole stack answers every booking, and its books agree afterwards',
      reached: summary.errors === 0 && books.every(agree),
      figures: `${summary.errors} errors, ${books.filter(agree).length} of ${books.length} books agree`,
      atAnySpeed: true,
    },
  ];
  const rows = [['ours, three services, three SQLite stores', ...summaryCells(summary)]];
  return {
    data: { rounds, summary, books },
    markdown: markdownTable(['whole stack', ...SUMMARY_HEAD], rows),
    verdicts,
  };
}
