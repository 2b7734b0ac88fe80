import { defineSaga, defineStep, openSagas, type SagaTables, sagaMigrations } from 'durable-saga';
import { openStore } from 'durable-store';

/**
 * A process whose sagas wait for an approval: starts as many as it is told, says `ready` with the memory that it takes,
 * and then brings each event that it is told on its standard input, by the saga's id.
 */
const [storeUrl = '', count = '0'] = process.argv.slice(2);

const note = defineStep('note', { run: async () => null });
const approval = defineSaga('approval', {
  steps: [note],
  async run(saga, _input: null) {
    const who = await saga.waitFor<string>('approval', { timeout: '7d' });
    await saga.step(note, null);
    return who;
  },
});

const store = await openStore<SagaTables>(storeUrl, { migrations: sagaMigrations });
const sagas = await openSagas({ store, definitions: [approval], exclusive: true });
for (let begun = 0; begun < Number(count); ) {
  const batch = Array.from({ length: 100 }, () => `saga-${begun++}`);
  const handles = await Promise.all(batch.map((id) => sagas.start(approval, { id, input: null })));
  await Promise.all(handles.map((handle) => handle.rested()));
}
gc?.();
process.stdout.write(`ready ${process.memoryUsage().rss}\n`);

process.stdin.setEncoding('utf8');
for await (const line of process.stdin) {
  const id = String(line).trim();
  const asked = performance.now();
  await sagas.signal(id, 'approval', 'somebody');
  const handle = await sagas.attach(id);
  const outcome = await handle?.outcome();
  process.stdout.write(`ended ${outcome?.completed} ${Math.round(performance.now() - asked)}\n`);
}
