import { rmSync, statSync } from 'node:fs';
import { SERVICE_NAMES } from '../../../services.ts';
import { createSlots, readDoctors } from '../load/booking-requests.ts';
import type { Round } from '../load/run-load.ts';
import { figure, markdownTable, mebibytes } from '../report/markdown.ts';
import { medianRatio, SUMMARY_HEAD, type Summary, summariseRounds, summaryCells } from '../report/rounds.ts';
import { agree, type Books, checkBooks } from '../stores/check-books.ts';
import { fillStores } from '../stores/fill-stores.ts';
import { captureConfirmed } from '../stores/real-bookings.ts';
import { copyStores, storeFile } from '../stores/service-stores.ts';
import type { Bench, PartOutcome, Verdict } from './part.ts';
import { startLoadedStack } from './stack-load.ts';

const LEAST_SHARE = 0.9;

interface Result {
  size: number;
  storeBytes: Record<string, number>;
  books: Books;
  rounds: Round[];
  summary: Summary;
  /** Its bookings per second, divided by those of the smallest stores in the same round. */
  ofSmallest: number;
}

/** The whole stack over stores that hold more and more bookings. */
export async function runGrowth(bench: Bench): Promise<PartOutcome> {
  const { sizes, rounds } = bench.options;
  const prepared = new Map<
    number,
    { folder: string; rounds: Round[]; books: Books; storeBytes: Record<string, number> }
  >();
  for (const size of sizes) {
    const folder = await prepare(bench, size);
    const books = checkBooks(folder);
    prepared.set(size, { folder, rounds: [], books, storeBytes: sizesOf(folder) });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let position = 0; position < sizes.length; position += 1) {
      const size = sizes[(position + round) % sizes.length] as number;
      const of = prepared.get(size);
      if (of) of.rounds.push(await measure(bench, size, of.folder));
    }
  }
  const smallest = prepared.get(Math.min(...sizes))?.rounds ?? [];
  const results: Result[] = [...prepared].map(([size, { folder: _, ...of }]) => ({
    size,
    ...of,
    summary: summariseRounds(of.rounds),
    ofSmallest: medianRatio(of.rounds, smallest),
  }));
  return { data: results, markdown: present(results), verdicts: judge(results) };
}

async function prepare({ options, folder: parent, say }: Bench, size: number): Promise<string> {
  const folder = `${parent}/growth-${size}`;
  const template = await captureConfirmed(options.product, folder);
  const slotAt = createSlots(readDoctors(`${options.product}/reservation/doctors.json`));
  const beganAt = performance.now();
  fillStores(folder, { templates: [template], count: size, slotAt });
  say(`${size} bookings put into the stores in ${figure((performance.now() - beganAt) / 1_000)} s`);
  return folder;
}

// Each round on a copy, so that a store of a thousand stays one of a thousand.
async function measure(bench: Bench, size: number, prepared: string): Promise<Round> {
  const folder = `${prepared}-copy`;
  copyStores(prepared, folder);
  const { stack, closedLoop } = await startLoadedStack(bench, folder, { first: size });
  try {
    const round = await closedLoop();
    bench.say(`${size} bookings stored: ${figure(round.perSecond)}/s, p99 ${figure(round.p99)} ms`);
    return round;
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}

const sizesOf = (folder: string) =>
  Object.fromEntries(SERVICE_NAMES.map((service) => [service, statSync(storeFile(folder, service)).size]));

function present(results: Result[]): string {
  const head = ['bookings stored', ...SUMMARY_HEAD, 'of the smallest', 'stores MiB'];
  const rows = results.map(({ size, summary, ofSmallest, storeBytes }) => [
    String(size),
    ...summaryCells(summary),
    `${figure(ofSmallest)} ×`,
    SERVICE_NAMES.map((service) => mebibytes(storeBytes[service] ?? 0)).join(' + '),
  ]);
  return markdownTable(head, rows);
}

function judge(results: Result[]): Verdict[] {
  const [least, most] = [results.at(0), results.at(-1)];
  if (!least || !most) return [];
  const sound = results.every(({ books, summary }) => agree(books) && summary.errors === 0);
  return [
    {
      claim: `bookings per second with ${most.size} stored ≥ ${LEAST_SHARE} × those with ${least.size}`,
      reached: sound && most.ofSmallest >= LEAST_SHARE,
      figures: `${figure(most.ofSmallest)} ×${sound ? '' : ', with errors or books that do not agree'}`,
    },
  ];
}
