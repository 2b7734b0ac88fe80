import { readFileSync, realpathSync } from 'node:fs';
import type { ServiceName } from '../../../services.ts';
import { type Round, runLoad } from '../load/run-load.ts';
import { type Profiled, profileBetween, startProfiled } from '../profile/profiled-service.ts';
import { type Sums, selfTimes, sumBy } from '../profile/self-time.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import type { Bench, PartOutcome } from './part.ts';

const ROWS = 25;
const KEPT_ROWS = 150;

/** Where the microseconds of one booking go, service by service. */
export async function runProfile(bench: Bench): Promise<PartOutcome> {
  const profiles = [];
  for (const service of bench.options.profiled) profiles.push(await profile(bench, service));
  return {
    data: profiles.map(({ text: _, ...data }) => data),
    markdown: profiles.map(({ text }) => text).join('\n\n'),
    verdicts: [],
  };
}

async function profile(bench: Bench, service: ServiceName) {
  const { product } = bench.options;
  const folder = `${bench.folder}/profile-${service}`;
  const file = `${folder}/cpu-profile.json`;
  const profiled = await startProfiled(service, product, folder);
  let round: Round;
  try {
    round = await underLoad(bench, profiled, file);
  } finally {
    await profiled.stop();
  }
  const times = selfTimes(JSON.parse(readFileSync(file, 'utf8')), realpathSync(product)).map((time) => ({
    ...time,
    microseconds: time.microseconds / round.bookings,
  }));
  const sums = {
    groups: sumBy(times, ({ group }) => group),
    payers: sumBy(times, ({ payer }) => payer),
    functions: sumBy(times, ({ group, name }) => `${group} ${name}`).slice(0, KEPT_ROWS),
  };
  const total = times.reduce((sum, { microseconds }) => sum + microseconds, 0);
  return { service, round, total, ...sums, text: present(service, total, sums) };
}

async function underLoad({ options }: Bench, profiled: Profiled, file: string): Promise<Round> {
  const { seconds, warmUpSeconds, connections } = options;
  const order = (first: number, forSeconds: number) => ({
    url: profiled.url,
    connections,
    warmUpSeconds: 0,
    seconds: forSeconds,
    ...(profiled.doctorsFile && { slots: { doctorsFile: profiled.doctorsFile, first } }),
  });
  const { requested } = await runLoad('closed-loop', order(0, warmUpSeconds), [profiled.child.pid]);
  const measured = () => runLoad('closed-loop', order(requested, seconds), [profiled.child.pid]);
  return profileBetween(profiled.child, file, measured);
}

function present(service: string, total: number, sums: Record<'groups' | 'payers' | 'functions', Sums>): string {
  const table = (head: string, all: Sums) => {
    const rows = all.slice(0, ROWS).map(({ group, microseconds }) => {
      return [group, figure(microseconds), `${figure((microseconds / total) * 100)} %`];
    });
    return markdownTable([head, 'µs a booking', 'share'], rows);
  };
  return [
    `${service}: ${figure(total)} µs a booking, under the profiler`,
    table('module or package, by itself', sums.groups),
    table('the same, with what Node does for it', sums.payers),
    table('function, by itself', sums.functions),
  ].join('\n\n');
}
