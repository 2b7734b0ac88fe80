import { createLogger } from '@appointments/chassis';
import { openStore } from 'durable-store';
import { createSagaRunner, type SagaTables, sagasMigration } from '../src/index.ts';
import { createPaperTrail, type Heading } from './paper-trail.ts';

// A process that starts a saga, or takes up what it finds, and is killed for real at the point it is told.
const [storeUrl = '', effectsFile = '', heading = 'forward', doom = ''] = process.argv.slice(2);

function passing(point: string): void {
  if (point === doom) process.kill(process.pid, 'SIGKILL');
}

const { saga } = createPaperTrail(effectsFile, heading as Heading, passing);
const database = await openStore<SagaTables>(storeUrl, { migrations: { '001-sagas': sagasMigration } });
const runner = createSagaRunner({
  database,
  sagas: [saga],
  deadlineMs: 30_000,
  logger: createLogger({ service: 'doomed', level: 'error', format: 'json' }),
  observe: (_record, { kind, status }) => passing(`${kind} ${status}`),
});
await runner.open({ alone: !database.shared });
if (!(await runner.find('saga-1'))) await runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
