import type { Options } from '../options.ts';

/** One thing that must be reached. */
export interface Verdict {
  claim: string;
  reached: boolean;
  figures: string;
  /** Whether it must be so in a smoke run too, however short and slow. */
  atAnySpeed?: true;
}

/** What a part of the run comes to. */
export interface PartOutcome {
  /** Goes into the JSON as it is. */
  data: unknown;
  markdown: string;
  verdicts: Verdict[];
}

/** What every part is given. */
export interface Bench {
  options: Options;
  /** For stores and logs; on a disk. */
  folder: string;
  /** Prints progress. */
  say(text: string): void;
  /** What the whole stack does in closed loop, bookings a second, once a part has found out. */
  stackRate: number | undefined;
}

export type Part = (bench: Bench) => Promise<PartOutcome>;
