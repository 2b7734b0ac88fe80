import { on } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSlots, readDoctors } from '../load/booking-requests.ts';
import { type Stack, startStack } from '../peers/stack.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { quantile } from '../statistics.ts';
import { fillStores } from '../stores/fill-stores.ts';
import { captureConfirmed, captureDeclined } from '../stores/real-bookings.ts';
import type { Bench, PartOutcome } from './part.ts';

const RUNS = 60;
const MOST_MS = 50;
const MOST_BLOCKED_MS = 10;
const OPERATOR_TOKEN = 'operator-of-this-bench';
const nodeArgs = ['--import', fileURLToPath(new URL('../profile/record-delay.ts', import.meta.url))];

interface Result {
  query: string;
  /** Of a response, in milliseconds. */
  p50: number;
  p95: number;
  /** For how long the orchestrator's event loop was blocked, in milliseconds: 95 of 100 times, and at most. */
  blockedP95: number;
  blockedMost: number;
}

/** How long operators wait for a search of many bookings, and how long bookings wait meanwhile. */
export async function runSearch(bench: Bench): Promise<PartOutcome> {
  const { options, folder: parent, say } = bench;
  const folder = `${parent}/search`;
  const count = options.sizes.at(-1) as number;
  const ids = await fill(options.product, folder, count);
  say(`${count} bookings put into the stores`);
  const stack = await startStack({
    product: options.product,
    folder,
    env: { OPERATOR_TOKEN },
    nodeArgs: { appointment: nodeArgs },
  });
  const results: Result[] = [];
  try {
    for (const query of queriesOver(ids)) results.push(await measure(stack, query));
  } finally {
    await stack.stop();
  }
  const slowest = Math.max(...results.map(({ p95 }) => p95));
  const blocked = Math.max(...results.map(({ blockedP95 }) => blockedP95));
  return {
    data: { count, results },
    markdown: present(results),
    verdicts: [
      {
        claim: `a search of ${count} bookings: p95 ≤ ${MOST_MS} ms, whatever is asked for`,
        reached: slowest <= MOST_MS,
        figures: `${figure(slowest)} ms`,
      },
      {
        claim: `and the event loop is blocked for at most ${MOST_BLOCKED_MS} ms, 95 of 100 times`,
        reached: blocked <= MOST_BLOCKED_MS,
        figures: `${figure(blocked)} ms`,
      },
    ],
  };
}

// Three of four are confirmed, one was declined; none was lost, so that a search for those finds nothing.
async function fill(product: string, folder: string, count: number): Promise<string[]> {
  const confirmed = await captureConfirmed(product, folder);
  const declined = await captureDeclined(product, folder);
  const slotAt = createSlots(readDoctors(`${product}/reservation/doctors.json`));
  return fillStores(folder, { templates: [confirmed, confirmed, confirmed, declined], count, slotAt });
}

/** All patients have the same name, which is the most that a search by name can meet. */
function queriesOver(ids: readonly string[]): string[] {
  const middle = ids[Math.floor(ids.length / 2)] as string;
  const early = ids[Math.floor(ids.length / 1_000)] as string;
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  return [
    '',
    `cursor=${early}`,
    `q=${middle}`,
    `q=${middle.slice(0, 8)}`,
    'q=1500',
    'q=thomas',
    `q=thomas&cursor=${early}`,
    'q=nobody',
    'doctor=john',
    'doctor=nobody',
    `from=${day}`,
    'to=2020-01-01',
    ...['pending', 'confirmed', 'failed', 'compensated', 'stuck', 'cancelled'].map((status) => `status=${status}`),
    ...['confirmed', 'refused', 'lost'].map((outcome) => `outcome=${outcome}`),
    'q=thomas&status=stuck',
    'q=thomas&outcome=lost',
    'doctor=john&status=stuck',
    'doctor=john&outcome=lost',
  ];
}

async function measure(stack: Stack, query: string): Promise<Result> {
  const { process: orchestrator } = stack.child('appointment');
  const tell = async (message: string): Promise<number> => {
    const replies = on(orchestrator, 'message');
    orchestrator.send(message);
    // The service itself says that it listens.
    for await (const [reply] of replies) if (typeof reply === 'number') return reply;
    throw new Error('the orchestrator has ended');
  };
  const search = async () => {
    const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    const response = await fetch(`${stack.urlOf('appointment')}/bookings?${query}`, { headers });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`a search for "${query}" got ${response.status}`);
  };
  await search();
  const times: number[] = [];
  const blocked: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await tell('begin');
    const beganAt = performance.now();
    await search();
    times.push(performance.now() - beganAt);
    blocked.push(await tell('end'));
  }
  const [sorted, delays] = [times, blocked].map((values) => values.toSorted((a, b) => a - b)) as [number[], number[]];
  return {
    query: query === '' ? 'all' : query,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    blockedP95: quantile(delays, 0.95),
    blockedMost: delays.at(-1) as number,
  };
}

function present(results: Result[]): string {
  const head = ['search', 'p50 ms', 'p95 ms', 'blocked p95 ms', 'blocked at most ms'];
  const rows = results.map(({ query, ...figures }) => [
    `\`${query.replaceAll(/[\da-f-]{36}/g, '<id>')}\``,
    ...Object.values(figures).map(figure),
  ]);
  return markdownTable(head, rows);
}
