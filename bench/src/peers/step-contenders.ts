import type { Contender, RunningProgram } from './contender.ts';
import { OPEN_WORKFLOW_KEEPS } from './openworkflow.ts';
import { onPostgres } from './postgres.ts';
import { startAsked } from './program.ts';
import { onRestate, RESTATE_KEEPS } from './restate.ts';

/**
 * All that keep each step on disk.
 *
 * @param product the checkout that ours is taken from
 * @param parent for the folders with their stores and logs
 */
export function createStepContenders(product: string, parent: string): Array<Contender<RunningProgram>> {
  const ours = `${parent}/ours`;
  const oursOverPostgres = `${parent}/ours-over-postgres`;
  const dbos = `${parent}/dbos`;
  const restate = `${parent}/restate`;
  const openWorkflow = `${parent}/openworkflow`;
  return [
    {
      name: 'ours',
      keeps: 'saga, steps, undos and result in SQLite (WAL, synchronous=FULL)',
      start: () => startAsked('steps/ours', ours, { PRODUCT: product, STORE_URL: `sqlite:${ours}/sagas.db` }),
    },
    {
      name: 'ours over PostgreSQL',
      keeps: 'the same in PostgreSQL (fsync, synchronous_commit)',
      start: onPostgres(oursOverPostgres, (urlOf) =>
        startAsked('steps/ours', oursOverPostgres, { PRODUCT: product, STORE_URL: urlOf('postgres') }),
      ),
    },
    {
      name: 'DBOS',
      keeps: 'workflow, steps and result in PostgreSQL (fsync, synchronous_commit)',
      start: onPostgres(dbos, (urlOf) => startAsked('steps/dbos', dbos, { DBOS_SYSTEM_DATABASE_URL: urlOf('dbos') })),
    },
    {
      name: 'Restate',
      keeps: RESTATE_KEEPS,
      start: onRestate(restate, ({ service, ingressUrl }) =>
        startAsked('steps/restate', restate, { PORT: String(service), INGRESS_URL: ingressUrl }),
      ),
    },
    {
      name: 'OpenWorkflow',
      keeps: OPEN_WORKFLOW_KEEPS,
      start: () => startAsked('steps/openworkflow', openWorkflow, { STORE_FILE: `${openWorkflow}/openworkflow.db` }),
    },
  ];
}
