import { OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import { emptyStep, serveSequences } from './sequences.ts';

const openWorkflow = new OpenWorkflow({ backend: BackendSqlite.connect(String(process.env.STORE_FILE)) });

const sequence = openWorkflow.defineWorkflow({ name: 'sequence' }, async ({ input, step }) => {
  const steps = Number(input);
  for (let number = 1; number <= steps; number += 1) await step.run({ name: `step ${number}` }, emptyStep);
  return steps;
});

await openWorkflow.newWorker().start();

await serveSequences(async (steps) => {
  const run = await sequence.run(steps);
  await run.result();
});
