import { createSharing } from 'durable-store/sharing';
import type { SagaDefinition } from './definition.ts';
import { LeaseLost } from './errors.ts';
import { findWritten } from './log.ts';
import { insertSagas, updateSagas } from './log-batches.ts';
import type { SagaRecord } from './record.ts';
import type { RunWrite } from './run-write.ts';
import type { Writing } from './surroundings.ts';
import type { Tables } from './tables.ts';
import { isMilestone, tellMilestones } from './tell-milestones.ts';
import { IdTaken, stamp, writeRun } from './write-run.ts';

type WriteRun = (definition: SagaDefinition, write: RunWrite) => Promise<SagaRecord>;

/** One write of one run, and who waits for it. */
interface Job {
  readonly definition: SagaDefinition;
  readonly write: RunWrite;
  resolve(record: SagaRecord): void;
  reject(error: unknown): void;
}

const MOST_TOGETHER = 64;

/**
 * Writes of runs, in transactions that those which come at the same time share where the store is a server: there each
 * statement and each commit is a round trip. A store in the same process does so by itself.
 *
 * One statement inserts the new sagas and one updates the others; a saga that another run has is left out. Hooks run side by
 * side. Where one throws, all is rolled back, the run that it belongs to is written alone, and the others again.
 */
export function createRunWriter(writing: Writing): WriteRun {
  if (!isOverPostgres(writing.store.read)) {
    return (definition, write) => writeRun(writing, definition, write);
  }
  const add = createSharing<Job>({
    most: MOST_TOGETHER,
    // The log takes a write of a run and one of the run that has superseded it, and only one of them is to count.
    keyOf: ({ write }) => write.staged.id,
    // Beginnings may have to wait for what others write beside their sagas; the rest waits for nobody.
    kindOf: isBeginning,
    together: (jobs, failed) => writeJobs(writing, jobs, failed),
    alone: ({ definition, write, resolve, reject }) => writeRun(writing, definition, write).then(resolve, reject),
  });

  return (definition, write) => {
    if (!isShareable(write)) return writeRun(writing, definition, write);
    return new Promise((resolve, reject) => add({ definition, write, resolve, reject }));
  };
}

// By name: to import kysely takes longer than all the rest, and a store brings it along.
const isOverPostgres = (tables: Tables): boolean => tables.getExecutor().adapter.constructor.name === 'PostgresAdapter';

const isBeginning = ({ write }: Job): boolean => write.beginning !== undefined;

// What writes rows of other sagas goes alone, so that no two transactions wait for each other.
const isShareable = ({ before, staged, consumed, children }: RunWrite): boolean =>
  consumed.length === 0 &&
  children.length === 0 &&
  staged.status !== 'waiting' &&
  (staged.parent === null || !isMilestone(before, staged));

interface Stamped {
  readonly job: Job;
  readonly after: SagaRecord;
}

/** @param failed where a hook throws, those whose hooks did */
function writeJobs(writing: Writing, jobs: readonly Job[], failed: Set<Job>): Promise<Array<() => void>> {
  const inOrder = jobs.toSorted(bySubject);
  let tries = 0;
  const write = async (tables: Tables): Promise<Array<() => void>> => {
    tries += 1;
    failed.clear();
    const stamped = inOrder.map((job) => ({ job, after: stamp(writing, job.write) }));
    const written = await writeRecords(tables, stamped);
    let failure: unknown;
    const finish = async ({ job, after }: Stamped): Promise<() => void> => {
      if (written.has(after.id)) {
        await callHooks(writing, tables, job, after);
        return () => job.resolve(after);
      }
      const earlier = tries > 1 ? await findWritten(tables, after) : undefined;
      return () => (earlier ? job.resolve(earlier) : job.reject(refusalOf(job)));
    };
    // All are waited for: what is still under way would go on after the rollback.
    const settle = await Promise.all(
      stamped.map((one) =>
        finish(one).catch((error: unknown) => {
          failed.add(one.job);
          failure ??= error;
          return () => {};
        }),
      ),
    );
    if (failed.size > 0) throw failure;
    return settle;
  };
  return writing.store.transaction(write, { repeatable: true });
}

const bySubject = ({ write: one }: Job, { write: other }: Job): number => {
  const [first = '', second = ''] = [one.beginning?.subject, other.beginning?.subject];
  return first < second ? -1 : Number(first > second);
};

async function writeRecords(tables: Tables, stamped: readonly Stamped[]) {
  const { insert = [], update = [] } = Object.groupBy(stamped, ({ job }) => (isBeginning(job) ? 'insert' : 'update'));
  const inserted = await insertSagas(
    tables,
    insert.map(({ after }) => after),
  );
  return inserted.union(
    await updateSagas(
      tables,
      update.map(({ after }) => after),
    ),
  );
}

async function callHooks(writing: Writing, tables: Tables, job: Job, after: SagaRecord): Promise<void> {
  const { beginning, before } = job.write;
  await beginning?.inTransaction(tables as never, after);
  await tellMilestones(writing, tables, job.definition, before, after);
}

const refusalOf = ({ write }: Job) => (write.beginning ? new IdTaken() : new LeaseLost());
