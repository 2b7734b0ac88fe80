import { openStore } from 'durable-store';
import { openSagas, type SagaTables, sagaMigrations } from '../src/index.ts';
import { createPaperTrail, type Heading } from './paper-trail.ts';

// A process that starts a saga, or recovers what it finds, and is killed for real at the point it is told.
const [storeUrl = '', effectsFile = '', heading = 'forward', doom = ''] = process.argv.slice(2);

function passing(point: string): void {
  if (point === doom) process.kill(process.pid, 'SIGKILL');
}

const { saga } = createPaperTrail(effectsFile, heading as Heading, passing);
const store = await openStore<SagaTables>(storeUrl, { migrations: sagaMigrations });
const sagas = await openSagas({
  store,
  definitions: [saga],
  exclusive: true,
  observe: (_record, { kind, status }) => passing(`${kind} ${status}`),
});
if (!(await sagas.find('saga-1'))) await sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
