import type { TransactionsOrder, TransactionsReport, TransactionTimes } from '../../contenders/drivers/transactions.ts';
import type { RunningProgram } from '../peers/contender.ts';
import { watchProcesses } from '../processes/watch-processes.ts';
import { quantile } from '../statistics.ts';

/** What the transactions of a window showed; times are in milliseconds. */
export interface TransactionFigures {
  transactions: number;
  perSecond: number;
  p50: number;
  p99: number;
  errors: number;
  firstError: string | undefined;
}

/** What one round of transactions showed; CPU time is for each of them. */
export interface TransactionRound extends TransactionFigures {
  clientCpuMicroseconds: number;
  serverCpuMicroseconds: number;
  /** The share of the machine that went to neither program nor server. */
  otherLoad: number;
}

/**
 * Lets a program make transactions on a server.
 *
 * @param server the process id of the server
 * @throws where the program ends first
 */
export async function runTransactions(
  { program: { process: program, logFile }, pids }: RunningProgram,
  server: number,
  order: TransactionsOrder,
): Promise<TransactionRound> {
  const watches = [watchProcesses(pids), watchProcesses([server]), watchProcesses([...pids, server])] as const;
  const round = Promise.withResolvers<TransactionRound>();
  const take = (report: TransactionsReport) => {
    if (report.event === 'begin') for (const watch of watches) watch.begin();
    if (report.event !== 'end') return;
    const [client, served, both] = watches.map((watch) => watch.end(report.times.length));
    round.resolve({
      ...summariseTransactions(report),
      clientCpuMicroseconds: client?.cpuMicroseconds ?? Number.NaN,
      serverCpuMicroseconds: served?.cpuMicroseconds ?? Number.NaN,
      otherLoad: both?.otherLoad ?? Number.NaN,
    });
  };
  const fail = () => round.reject(new Error(`a program ended while it made transactions, see ${logFile}`));
  program.on('message', take).once('exit', fail);
  program.send(order);
  try {
    return await round.promise;
  } finally {
    for (const watch of watches) watch.stop();
    program.off('message', take).off('exit', fail);
  }
}

/** Sums the transactions of a window up. */
export function summariseTransactions({ times, seconds, errors, firstError }: TransactionTimes): TransactionFigures {
  const sorted = Float64Array.from(times).sort();
  return {
    transactions: times.length,
    perSecond: times.length / seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    errors,
    firstError,
  };
}
