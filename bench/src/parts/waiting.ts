import { createSlots, readDoctors, requestFor } from '../load/booking-requests.ts';
import type { Round } from '../load/run-load.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { medianRatio, SUMMARY_HEAD, type Summary, summariseRounds, summaryCells } from '../report/rounds.ts';
import type { Bench, PartOutcome } from './part.ts';
import { startLoadedStack } from './stack-load.ts';
import { takeTurns } from './take-turns.ts';

// The sandbox asks its holder, who never responds here.
const CARD_THAT_ASKS = '4000002760003184';
const BEGUN_AT_A_TIME = 32;
const LEAST_RATIO = 0.95;

interface Contender {
  name: string;
  folder: string;
  /** How many bookings wait for their cardholders in its stores. */
  waiting: number;
  /** The number of the first slot that is free in them. */
  next: number;
}

/**
 * The whole stack with and without bookings that wait for their cardholders. Each is started anew for each round, because those that
 * wait are asked about now and then, which would be work beside the other one.
 */
export async function runWaiting(bench: Bench): Promise<PartOutcome> {
  const { waiting } = bench.options;
  const none: Contender = { name: 'none waiting', folder: `${bench.folder}/waiting-none`, waiting: 0, next: 0 };
  const some: Contender = {
    name: `${waiting} waiting`,
    folder: `${bench.folder}/waiting-some`,
    waiting,
    next: waiting,
  };
  await beginWaiting(bench, some);
  const measured = await takeTurns([none, some], bench.options.rounds, (contender) => measure(bench, contender));
  const [without = [], beside = []] = measured.map(({ rounds }) => rounds);
  const ratio = medianRatio(beside, without);
  const summaries = measured.map(({ contender, rounds }): [string, Summary] => [
    contender.name,
    summariseRounds(rounds),
  ]);
  const errors = summaries.reduce((sum, [, summary]) => sum + summary.errors, 0);
  return {
    data: { waiting, without, beside, ratio },
    markdown: markdownTable(
      ['whole stack', ...SUMMARY_HEAD],
      summaries.map(([name, summary]) => [name, ...summaryCells(summary)]),
    ),
    verdicts: [
      {
        claim: `bookings per second beside ${waiting} that wait for their cardholders ≥ ${LEAST_RATIO} × those without`,
        reached: ratio >= LEAST_RATIO && errors === 0,
        figures: `${figure(ratio)} ×, ${errors} errors`,
      },
    ],
  };
}

async function measure(bench: Bench, contender: Contender): Promise<Round> {
  const { stack, closedLoop } = await startLoadedStack(bench, contender.folder, { first: contender.next });
  try {
    const round = await closedLoop();
    contender.next += round.requested;
    bench.say(`${contender.name}: ${figure(round.perSecond)}/s`);
    return round;
  } finally {
    await stack.stop();
  }
}

/** Begins the bookings that wait. */
async function beginWaiting(bench: Bench, { folder, waiting }: Contender): Promise<void> {
  const { stack } = await startLoadedStack(bench, folder);
  const slotAt = createSlots(readDoctors(`${bench.options.product}/reservation/doctors.json`));
  const numbers = Array.from({ length: waiting }, (_, number) => number).values();
  const client = async () => {
    for (const number of numbers) {
      const body = JSON.stringify({ ...JSON.parse(requestFor(slotAt(number))), cardNum: CARD_THAT_ASKS });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(stack.bookingUrl, { method: 'POST', headers, body });
      await response.body?.cancel();
      if (response.status !== 202) throw new Error(`a booking that was to wait got ${response.status}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: BEGUN_AT_A_TIME }, client));
  } finally {
    await stack.stop();
  }
}
