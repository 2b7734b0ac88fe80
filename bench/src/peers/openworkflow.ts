import { takePort } from '../../../store/testing/free-ports.ts';
import { BOOKING_PATH, type Contender, type Surroundings } from './contender.ts';
import { startProgram } from './program.ts';

// A slot for each of the 32 clients; the default is 1, and its guide starts with 10.
const CONCURRENCY = '32';

/** OpenWorkflow behind Express, over a SQLite file, with its worker in the same process. */
export function openWorkflowContender(surroundings: Surroundings): Contender {
  return {
    name: 'OpenWorkflow',
    keeps: OPEN_WORKFLOW_KEEPS,
    async start() {
      const port = await takePort();
      const env = { STORE_FILE: `${surroundings.folder}/openworkflow.db`, CONCURRENCY };
      const child = await startProgram('openworkflow', port, surroundings, env);
      return { url: `http://127.0.0.1:${port}${BOOKING_PATH}`, pids: [child.pid], stop: child.stop };
    },
  };
}

/** What OpenWorkflow has on disk when a client gets its response. */
export const OPEN_WORKFLOW_KEEPS = 'workflow, steps and result in SQLite (WAL, synchronous=FULL)';
