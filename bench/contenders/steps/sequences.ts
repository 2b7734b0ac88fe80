/** What the bench asks a program for. */
export interface SequencesOrder {
  /** How many steps a sequence has. */
  steps: number;
  warmUpSeconds: number;
  seconds: number;
}

/** How long the sequences of a window took, in milliseconds. */
export interface SequenceTimes {
  /** From the start of a sequence until its result is there, one for each sequence. */
  sequences: number[];
  /** From the beginning of a step to that of the next one in its sequence. */
  gaps: number[];
}

/** What a program reports to the bench. */
export type SequencesReport = { event: 'ready' } | { event: 'begin' } | ({ event: 'end' } & SequenceTimes);

type RunSequence = (steps: number) => Promise<unknown>;

// One sequence runs at a time, so the steps need not say whose they are.
let beginnings: number[] = [];

/** The step of every contender: it notes when it begins and does nothing. */
export async function emptyStep(): Promise<null> {
  beginnings.push(performance.now());
  return null;
}

/**
 * Tells the bench that this program is ready, and runs sequences, one after the other, when the bench asks for them.
 *
 * @param runSequence runs one sequence of empty steps and resolves when its result is there
 * @throws where a sequence ran another number of steps, and what `runSequence` throws
 */
export async function serveSequences(runSequence: RunSequence): Promise<void> {
  // The listener stays, so that the process lives until the bench has looked at it.
  const asked = new Promise<SequencesOrder>((resolve) => process.on('message', resolve));
  await report({ event: 'ready' });
  const { steps, warmUpSeconds, seconds } = await asked;
  await runFor(warmUpSeconds, steps, runSequence);
  await report({ event: 'begin' });
  await report({ event: 'end', ...(await runFor(seconds, steps, runSequence)) });
}

async function runFor(seconds: number, steps: number, runSequence: RunSequence): Promise<SequenceTimes> {
  const endAt = performance.now() + seconds * 1_000;
  const times: SequenceTimes = { sequences: [], gaps: [] };
  do {
    beginnings = [];
    const beganAt = performance.now();
    await runSequence(steps);
    times.sequences.push(performance.now() - beganAt);
    if (beginnings.length !== steps) throw new Error(`a sequence of ${steps} steps ran ${beginnings.length}`);
    times.gaps.push(...beginnings.slice(1).map((beginning, index) => beginning - Number(beginnings[index])));
  } while (performance.now() < endAt);
  return times;
}

function report(message: SequencesReport): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}
