import pg from 'pg';
import { SLOTS } from '../../contenders/drivers/transactions.ts';
import { runTransactions, type TransactionRound } from '../load/run-transactions.ts';
import { createPostgres } from '../peers/postgres.ts';
import { startAsked } from '../peers/program.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { median } from '../statistics.ts';
import type { Bench, PartOutcome } from './part.ts';
import { selectContenders, takeTurns } from './take-turns.ts';

const OURS = 'pg';

const DRIVERS = [
  { name: OURS, program: 'drivers/pg', env: {} },
  { name: 'pg, gathered writes', program: 'drivers/pg', env: { WAY: 'gather' } },
  { name: 'postgres, sql.begin', program: 'drivers/postgres', env: { WAY: 'begin' } },
  { name: 'postgres, sql.reserve', program: 'drivers/postgres', env: { WAY: 'reserve' } },
  { name: 'postgrejs', program: 'drivers/postgrejs', env: {} },
];

const TABLES = `
  CREATE TABLE idempotency_keys (key text PRIMARY KEY, fingerprint text NOT NULL, state text NOT NULL,
    running_until bigint NOT NULL, reply text, created_at bigint NOT NULL);
  CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
  CREATE TABLE appointments (reference text PRIMARY KEY, slot bigint NOT NULL, name text NOT NULL, created_at bigint NOT NULL);
  CREATE TABLE cancellations (reference text PRIMARY KEY, created_at bigint NOT NULL);
  CREATE TABLE slots (slot bigint PRIMARY KEY, doctor text NOT NULL);
  INSERT INTO slots SELECT slot, 'John Doe' FROM generate_series(0, ${SLOTS - 1}) AS slot;
  ANALYZE`;

interface Round extends TransactionRound {
  /** Whether the server has what the program says was committed, each in whole. */
  agrees: boolean;
}

interface Result {
  name: string;
  rounds: Round[];
  /** How many times as many transactions as ours it makes. */
  toOurs: number;
}

/** What the PostgreSQL drivers for Node make of a service's transaction for a booking, on one server. */
export async function runDrivers({ options, folder: parent, say }: Bench): Promise<PartOutcome> {
  const folder = `${parent}/drivers`;
  const postgres = await createPostgres(folder);
  const server = await postgres.start();
  const url = postgres.urlOf('postgres');
  const admin = new pg.Client(url);
  try {
    await admin.connect();
    await admin.query(TABLES);
    const order = { callers: options.connections, warmUpSeconds: options.warmUpSeconds, seconds: options.seconds };
    const drivers = selectContenders(DRIVERS, options.contenders);
    const measured = await takeTurns(drivers, options.rounds, async ({ name, program, env }, round): Promise<Round> => {
      // Each begins on empty tables, and none writes what the one before it has left to a checkpoint.
      await admin.query('TRUNCATE idempotency_keys, appointments');
      await admin.query('CHECKPOINT');
      const running = await startAsked(program, folder, { ...env, DATABASE_URL: url });
      try {
        const result = await runTransactions(running, server.pid, order);
        say(`round ${round + 1}, ${name}: ${figure(result.perSecond)} transactions a second`);
        return { ...result, agrees: await agrees(admin, result.transactions) };
      } finally {
        await running.stop();
      }
    });
    return summarise(measured.map(({ contender: { name }, rounds }) => ({ name, rounds })));
  } finally {
    await admin.end();
    // A fast shutdown: SIGTERM would wait for open connections.
    await server.stop('SIGINT');
  }
}

// Those of the warm-up are there too.
async function agrees(admin: pg.Client, transactions: number): Promise<boolean> {
  const { rows } =
    await admin.query(`SELECT count(*)::int AS found, count(key)::int AS keys, count(reference)::int AS appointments
    FROM (SELECT key FROM idempotency_keys WHERE state = 'done') AS done FULL JOIN appointments ON reference = key`);
  const { found, keys, appointments } = rows[0];
  return keys === found && appointments === found && found >= transactions;
}

function summarise(measured: Array<Omit<Result, 'toOurs'>>): PartOutcome {
  const ours = measured.find(({ name }) => name === OURS)?.rounds ?? [];
  const ratio = ({ perSecond }: Round, round: number) => perSecond / (ours[round]?.perSecond ?? Number.NaN);
  const results = measured.map((result) => ({ ...result, toOurs: median(result.rounds.map(ratio)) }));
  const rounds = results.flatMap((result) => result.rounds);
  const errors = rounds.reduce((sum, round) => sum + round.errors, 0);
  return {
    data: { results },
    markdown: present(results),
    verdicts: [
      {
        claim: 'every driver commits its transactions whole, without an error',
        reached: errors === 0 && rounds.every((round) => round.agrees && round.transactions > 0),
        figures: `${errors} errors`,
        atAnySpeed: true,
      },
    ],
  };
}

const HEAD = ['driver', 'transactions/s', `of ${OURS}`, 'p50 ms', 'p99 ms', 'client CPU µs', 'server CPU µs', 'errors'];

function present(results: Result[]): string {
  const rows = results.map(({ name, rounds, toOurs }) => {
    const middle = (of: (round: Round) => number) => figure(median(rounds.map(of)));
    return [
      name,
      middle(({ perSecond }) => perSecond),
      `${figure(toOurs)} ×`,
      middle(({ p50 }) => p50),
      middle(({ p99 }) => p99),
      middle(({ clientCpuMicroseconds }) => clientCpuMicroseconds),
      middle(({ serverCpuMicroseconds }) => serverCpuMicroseconds),
      String(rounds.reduce((sum, { errors }) => sum + errors, 0)),
      `${middle(({ otherLoad }) => otherLoad * 100)} %`,
    ];
  });
  return markdownTable([...HEAD, 'other load'], rows);
}
