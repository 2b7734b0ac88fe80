import { DBOS } from '@dbos-inc/dbos-sdk';
import { emptyStep, serveSequences } from './sequences.ts';

const sequence = DBOS.registerWorkflow(
  async (steps: number) => {
    for (let number = 1; number <= steps; number += 1) await DBOS.runStep(emptyStep, { name: `step ${number}` });
    return steps;
  },
  { name: 'sequence' },
);

DBOS.setConfig({
  name: 'sequences',
  applicationVersion: '1',
  systemDatabaseUrl: String(process.env.DBOS_SYSTEM_DATABASE_URL),
});
await DBOS.launch();

await serveSequences(sequence);
