import { readFileSync } from 'node:fs';
import { SERVICE_NAMES } from '../../../services.ts';
import { figure, markdownTable, mebibytes } from '../report/markdown.ts';
import { slopeOf } from '../statistics.ts';
import { agree } from '../stores/check-books.ts';
import type { Bench, PartOutcome } from './part.ts';
import { startLoadedStack } from './stack-load.ts';

const SAMPLE_EVERY_MS = 5_000;
const WARM_UP_SECONDS = 5;
// Before it the heap still grows to its size.
const JUDGED_SHARE = 0.7;
// One garbage collection more or less within ten minutes changes the slope by as much.
const FLAT_MIB_PER_HOUR = 30;

interface Sample {
  seconds: number;
  resident: number;
  /** Less what is mapped from files. */
  anonymous: number;
}

/** Memory of all services over minutes at half of what they can do. */
export async function runSoak(bench: Bench): Promise<PartOutcome> {
  const { options, say } = bench;
  const { stack, closedLoop, openLoop, closeBooks } = await startLoadedStack(bench, `${bench.folder}/soak`);
  try {
    const rate = Math.max(1, Math.round(options.soakRate ?? (bench.stackRate ?? (await closedLoop()).perSecond) / 2));
    say(`soak: ${rate} bookings a second for ${options.soakMinutes} minutes`);
    const samples = new Map(SERVICE_NAMES.map((name) => [name, [] as Sample[]]));
    const beganAt = performance.now();
    const sampler = setInterval(() => {
      const seconds = (performance.now() - beganAt) / 1_000;
      for (const name of SERVICE_NAMES) samples.get(name)?.push({ seconds, ...readMemory(stack.child(name).pid) });
    }, SAMPLE_EVERY_MS);
    const load = await openLoop(rate, options.soakMinutes * 60, WARM_UP_SECONDS).finally(() => clearInterval(sampler));
    const books = await closeBooks();
    const services = [...samples].map(([name, all]) => ({ name, ...judge(all), samples: all }));
    const figures = services.map(({ name, slope }) => `${name} ${figure(slope)} MiB/h`).join(', ');
    return {
      data: { rate, load, books, services },
      markdown: `${rate} bookings a second, ${load.errors} errors, p99 ${figure(load.p99)} ms\n\n${present(services)}`,
      verdicts: [
        {
          claim: `memory is flat over ${options.soakMinutes} minutes at half load`,
          reached: load.errors === 0 && agree(books) && services.every(({ flat }) => flat),
          figures: `${figures}, ${load.errors} errors${agree(books) ? '' : ', books do not agree'}`,
        },
      ],
    };
  } finally {
    await stack.stop();
  }
}

function readMemory(pid: number): Omit<Sample, 'seconds'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { resident: bytes('VmRSS'), anonymous: bytes('RssAnon') };
}

function judge(samples: Sample[]) {
  const judged = samples.slice(Math.floor(samples.length * (1 - JUDGED_SHARE)));
  const points = judged.map(({ seconds, anonymous }) => ({ x: seconds / 3_600, y: anonymous / 2 ** 20 }));
  const { slope, standardError } = slopeOf(points);
  const peak = Math.max(...samples.map(({ resident }) => resident));
  // Samples follow one another, so the standard error is rather too small; a bound in absolute terms stands beside it.
  const flat = slope <= 2 * standardError || slope <= FLAT_MIB_PER_HOUR;
  return { slope, standardError, peak, flat };
}

function present(services: Array<{ name: string } & ReturnType<typeof judge>>): string {
  const rows = services.map(({ name, slope, standardError, peak, flat }) => [
    name,
    mebibytes(peak),
    `${figure(slope)} ± ${figure(standardError)}`,
    flat ? 'flat' : 'GROWS',
  ]);
  return markdownTable(['memory', 'peak MiB', 'slope MiB/h ± standard error', 'verdict'], rows);
}
