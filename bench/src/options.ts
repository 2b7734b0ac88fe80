import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SERVICE_NAMES, type ServiceName } from '../../services.ts';

/** The parts in the order they run. */
export const PARTS = [
  'table',
  'steps',
  'stack',
  'waiting',
  'open-loop',
  'growth',
  'search',
  'soak',
  'recovery',
  'profile',
  'drivers',
] as const;

export type PartName = (typeof PARTS)[number];

/** What a run is asked for. */
export interface Options {
  parts: PartName[];
  /** Names of contenders, or parts of names; empty for all. */
  contenders: string[];
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
  connections: number;
  /** How many steps a sequence has. */
  steps: number;
  /** How many bookings wait for their cardholders. */
  waiting: number;
  rates: number[];
  openLoopSeconds: number;
  openLoopRepeats: number;
  /** How many bookings the stores hold, the fewest first. */
  sizes: number[];
  soakMinutes: number;
  /** Bookings a second; half of what closed loop does unless given. */
  soakRate: number | undefined;
  unfinished: number;
  /** The services that a profile is taken of. */
  profiled: ServiceName[];
  /** The checkout that is measured. */
  product: string;
  /** Another checkout, which takes part in the table beside it. */
  before: string | undefined;
  save: boolean;
  /** Whether the figures mean nothing. */
  smoke: boolean;
}

const USAGE = `node bench/src/main.ts [--parts ${PARTS.join(',')}] [options]

  --contenders ours,dbos     only these contenders in table, steps and drivers
  --rounds 5                 interleaved rounds of table, steps, stack, growth and drivers
  --seconds 6  --warm-up 3   each round's measured window, and what comes before it
  --connections 32           clients of a closed loop
  --steps 10                 steps in each sequence of steps
  --waiting 1000             bookings that wait for their cardholders
  --rates 100,300,600        open loop, bookings a second
  --open-loop-seconds 20  --open-loop-repeats 5
  --sizes 1000,100000,1000000   bookings in the stores
  --soak-minutes 10  --soak-rate (half of closed loop)
  --unfinished 10000         bookings to recover
  --profiled reservation,payment,appointment   services that a profile is taken of
  --product ..               another checkout of the product
  --before ..                one that the table compares it with
  --no-save                  no file under bench/results
  --smoke                    everything once and short, not saved; only what is wrong fails it, not what is slow
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const SMOKE = {
  rounds: '1',
  seconds: '3',
  'warm-up': '0.5',
  waiting: '20',
  rates: '50',
  'open-loop-seconds': '2',
  'open-loop-repeats': '1',
  sizes: '100,1000',
  'soak-minutes': '0.2',
  'soak-rate': '30',
  unfinished: '40',
  'no-save': true,
};

/**
 * Reads the command line; `BENCH_PARTS` stands in for `--parts`.
 *
 * @returns undefined where help was asked for, which is then printed
 * @throws where an option is not one or a part does not exist
 */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      parts: text,
      contenders: text,
      rounds: text,
      seconds: text,
      'warm-up': text,
      connections: text,
      steps: text,
      waiting: text,
      rates: text,
      'open-loop-seconds': text,
      'open-loop-repeats': text,
      sizes: text,
      'soak-minutes': text,
      'soak-rate': text,
      unfinished: text,
      profiled: text,
      product: text,
      before: text,
      'no-save': flag,
      smoke: flag,
      help: flag,
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return undefined;
  }
  const given = values.smoke ? { ...SMOKE, ...values } : values;
  return {
    parts: pick(PARTS, 'part', values.parts || process.env.BENCH_PARTS),
    contenders: readList((given.contenders ?? '').toLowerCase()),
    rounds: readNumber('rounds', given.rounds ?? '5'),
    seconds: readNumber('seconds', given.seconds ?? '6'),
    warmUpSeconds: readNumber('warm-up', given['warm-up'] ?? '3'),
    connections: readNumber('connections', given.connections ?? '32'),
    steps: readNumber('steps', given.steps ?? '10'),
    waiting: readNumber('waiting', given.waiting ?? '1000'),
    rates: readList(given.rates ?? '100,300,600').map((rate) => readNumber('rates', rate)),
    openLoopSeconds: readNumber('open-loop-seconds', given['open-loop-seconds'] ?? '20'),
    openLoopRepeats: readNumber('open-loop-repeats', given['open-loop-repeats'] ?? '5'),
    sizes: readList(given.sizes ?? '1000,100000,1000000')
      .map((size) => readNumber('sizes', size))
      .toSorted((a, b) => a - b),
    soakMinutes: readNumber('soak-minutes', given['soak-minutes'] ?? '10'),
    soakRate: given['soak-rate'] === undefined ? undefined : readNumber('soak-rate', given['soak-rate']),
    unfinished: readNumber('unfinished', given.unfinished ?? '10000'),
    profiled: pick(SERVICE_NAMES, 'service', given.profiled),
    product: given.product ?? fileURLToPath(new URL('../..', import.meta.url)),
    before: given.before,
    save: !given['no-save'],
    smoke: values.smoke ?? false,
  };
}

const readList = (list: string) => list.split(',').filter((item) => item !== '');

function readNumber(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0`);
  return number;
}

// In the order in which there are, not as they were named.
function pick<Name extends string>(all: readonly Name[], kind: string, list: string | undefined): Name[] {
  const names: string[] = list ? readList(list) : [...all];
  const unknown = names.find((name) => !all.includes(name as Name));
  if (unknown) throw new Error(`there is no ${kind} ${unknown}; there are ${all.join(', ')}`);
  return all.filter((name) => names.includes(name));
}
