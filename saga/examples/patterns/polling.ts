import { defineSaga, defineStep, Refusal, type StepCall } from '../../src/index.ts';

/** A slow peer that cannot call back. */
export interface Warehouse {
  begin(id: string, file: string, signal: AbortSignal): Promise<void>;
  cancel(id: string, signal: AbortSignal): Promise<void>;
  look(id: string, signal: AbortSignal): Promise<{ isDone: boolean; rows: number }>;
}

// The pauses double from 2 s to an hour: together some ten hours in no more than 40 entries of the log.
const ROUNDS = 20;
const pauseMs = (round: number) => Math.min(1_000 * 2 ** round, 3_600_000);

/** Declares an import: begins it, then looks again and again. */
export function defineImport(warehouse: Warehouse) {
  const begin = defineStep('begin', {
    run: ({ id, input, signal }: StepCall<{ file: string }>) => warehouse.begin(id, input.file, signal),
    undo: ({ id, signal }) => warehouse.cancel(id, signal),
  });
  const look = defineStep('look', {
    run: ({ id, signal }: StepCall<null>) => warehouse.look(id, signal),
  });

  return defineSaga('import', {
    steps: [begin, look],
    async run(saga, { file }: { file: string }) {
      await saga.step(begin, { file });
      for (let round = 1; round <= ROUNDS; round += 1) {
        await saga.sleep(`pause ${round}`, pauseMs(round));
        const { isDone, rows } = await saga.step(look, null, { key: String(round) });
        if (isDone) return { rows, rounds: round };
      }
      throw new Refusal('too_slow'); // the import is cancelled
    },
  });
}
