import type { SagaRecord } from '../src/index.ts';
import type { Moment, WatchedWrite } from './mortal-store.ts';

/** Where the process dies: at which write, counted from 1. */
export interface Crash {
  readonly write: number;
  readonly moment: Moment;
}

/**
 * Numbers the writes, and has the process die of one of them.
 *
 * @param describeWritten how the saga stands
 */
export function watchWrites(crash: Crash | undefined, describeWritten: () => Promise<string>) {
  const writes: string[] = [];
  let begun = 0;
  let isWatching = false;
  const watch = (): WatchedWrite => {
    if (!isWatching) return { dies: undefined, ended: async () => {} };
    begun += 1;
    const write = begun;
    return {
      dies: crash?.write === write ? crash.moment : undefined,
      async ended() {
        writes[write - 1] = await describeWritten();
      },
    };
  };
  return {
    writes,
    watch,
    begin() {
      isWatching = true;
    },
    end() {
      isWatching = false;
    },
  };
}

/** A record in a line, as `compensating: flight done, undo running; hotel failed`. */
export function describe(record: SagaRecord | undefined): string {
  if (!record) return 'not begun';
  const steps = record.steps.map(({ name, key, status, undo }) => {
    const called = key === undefined ? name : `${name} ${key}`;
    return undo && undo.status !== 'registered' ? `${called} ${status}, undo ${undo.status}` : `${called} ${status}`;
  });
  return steps.length === 0 ? record.status : `${record.status}: ${steps.join('; ')}`;
}
