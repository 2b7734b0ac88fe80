import { takePort } from '../../../store/testing/free-ports.ts';
import { BOOKING_PATH, type Contender, type Surroundings } from './contender.ts';
import { onPostgres } from './postgres.ts';
import { startProgram } from './program.ts';

// Of 10 (the default), 20 and 32 the fastest with 32 clients.
const POOL_SIZE = '20';

/** DBOS behind Express, on a PostgreSQL server of its own. */
export function dbosContender(surroundings: Surroundings): Contender {
  return {
    name: 'DBOS',
    keeps: 'workflow, steps and result in PostgreSQL (fsync, synchronous_commit)',
    start: onPostgres(surroundings.folder, async (urlOf) => {
      const port = await takePort();
      const env = { DBOS_SYSTEM_DATABASE_URL: urlOf('dbos'), POOL_SIZE };
      const child = await startProgram('dbos', port, surroundings, env);
      return { url: `http://127.0.0.1:${port}${BOOKING_PATH}`, pids: [child.pid], stop: child.stop };
    }),
  };
}
