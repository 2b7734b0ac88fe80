import type { Kysely } from 'kysely';
import type { Outcome, SagaRecord } from '../src/index.ts';
import type { BenchTables } from './bench.ts';

type Tables = Kysely<BenchTables>;

/** Writes a note into the caller's own table. */
export async function note(tables: Tables, text: string): Promise<void> {
  await tables.insertInto('notes').values({ text }).execute();
}

/** The notes that are on disk. */
export async function notesOf(store: { read: Tables }): Promise<string[]> {
  return (await store.read.selectFrom('notes').select('text').execute()).map(({ text }) => text);
}

/** A hook that notes each outcome, and throws after that as often as told. */
export function createOnOutcome(failures: number) {
  const noteStatus = createNoting(failures);
  const onOutcome = (tables: Tables, { saga }: Outcome<unknown>) => noteStatus(tables, saga);
  // A definition is of any store's tables.
  return onOutcome as unknown as (tables: Kysely<unknown>, outcome: Outcome<unknown>) => Promise<void>;
}

/** A hook that notes each end, and throws after that as often as told. */
export function createOnEnd(failures: number) {
  return createNoting(failures) as unknown as (tables: Kysely<unknown>, saga: SagaRecord) => Promise<void>;
}

function createNoting(failures: number) {
  let failed = 0;
  return async (tables: Tables, { status }: SagaRecord) => {
    await note(tables, status);
    failed += 1;
    if (failed <= failures) throw new Error('the hook fails');
  };
}
