import type { Round } from '../load/run-load.ts';
import { createPostgres, type PostgresServer } from '../peers/postgres.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { SUMMARY_HEAD, type Summary, summariseRounds, summaryCells } from '../report/rounds.ts';
import { agree, type Books } from '../stores/check-books.ts';
import { createPostgresStores } from '../stores/postgres-stores.ts';
import type { Bench, PartOutcome, Verdict } from './part.ts';
import { startLoadedStack } from './stack-load.ts';

interface Outcome {
  rounds: Round[];
  books: Books[];
}

const OVER_POSTGRES_PER_SECOND = 500;

/** All services of the product in closed loop, over their own files and over one PostgreSQL server by turns. */
export async function runStack(bench: Bench): Promise<PartOutcome> {
  const files: Outcome = { rounds: [], books: [] };
  const server: Outcome = { rounds: [], books: [] };
  const postgres = await createPostgres(`${bench.folder}/stack-postgres`);
  for (let round = 0; round < bench.options.rounds; round += 1) {
    await runOverFiles(bench, round, files);
    await runOverServer(bench, postgres, round, server);
  }
  const [overFiles, overServer] = [summariseRounds(files.rounds), summariseRounds(server.rounds)];
  bench.stackRate = overFiles.perSecond;
  const rows = [
    ['all services, SQLite stores', ...summaryCells(overFiles)],
    ['all services, one PostgreSQL server', ...summaryCells(overServer)],
  ];
  const speed: Verdict = {
    claim: `the whole stack over PostgreSQL ≥ ${OVER_POSTGRES_PER_SECOND} bookings a second`,
    reached: overServer.perSecond >= OVER_POSTGRES_PER_SECOND,
    figures: `${figure(overServer.perSecond)} a second`,
  };
  return {
    data: { files: { ...files, summary: overFiles }, server: { ...server, summary: overServer } },
    markdown: markdownTable(['whole stack', ...SUMMARY_HEAD], rows),
    verdicts: [judge('files', overFiles, files), judge('PostgreSQL', overServer, server), speed],
  };
}

async function runOverFiles(bench: Bench, round: number, { rounds, books }: Outcome): Promise<void> {
  const { stack, closedLoop, closeBooks } = await startLoadedStack(bench, `${bench.folder}/stack-${round}`);
  try {
    rounds.push(await closedLoop());
    books.push(await closeBooks());
  } finally {
    await stack.stop();
  }
  say(bench, round, 'files', rounds);
}

async function runOverServer(bench: Bench, server: PostgresServer, round: number, { rounds, books }: Outcome) {
  const running = await server.start();
  try {
    const postgres = await createPostgresStores(server.urlOf('postgres'));
    const folder = `${bench.folder}/stack-server-${round}`;
    const first = rounds.reduce((sum, { requested }) => sum + requested, 0);
    const { stack, closedLoop, closeBooks } = await startLoadedStack(bench, folder, {
      first,
      postgres,
      pids: [running.pid],
    });
    try {
      rounds.push(await closedLoop());
      books.push(await closeBooks());
    } finally {
      await stack.stop();
    }
  } finally {
    // A fast shutdown: SIGTERM would wait for open connections.
    await running.stop('SIGINT');
  }
  say(bench, round, 'PostgreSQL', rounds);
}

const say = (bench: Bench, round: number, over: string, rounds: readonly Round[]) =>
  bench.say(`round ${round + 1}, whole stack over ${over}: ${figure(rounds.at(-1)?.perSecond ?? 0)}/s`);

const judge = (over: string, { errors }: Summary, { books }: Outcome): Verdict => ({
  claim: `the whole stack over ${over} answers every booking, and its books agree afterwards`,
  reached: errors === 0 && books.every(agree),
  figures: `${errors} errors, ${books.filter(agree).length} of ${books.length} books agree`,
  atAnySpeed: true,
});
