import type { SagaTables } from '../../../saga/src/index.ts';
import { emptyStep, serveSequences } from './sequences.ts';

// Both from the checkout that is measured.
const product = String(process.env.PRODUCT);
const durableStore: typeof import('../../../store/src/index.ts') = await import(`${product}/store/src/index.ts`);
const durableSaga: typeof import('../../../saga/src/index.ts') = await import(`${product}/saga/src/index.ts`);

const { defineSaga, defineStep, openSagas, sagaMigrations } = durableSaga;

/** The step has an undo, as most have: it is on disk with the step. */
const empty = defineStep('empty', { run: emptyStep, undo: async () => undefined });

const sequence = defineSaga('sequence', {
  steps: [empty],
  async run(saga, steps: number) {
    for (let number = 1; number <= steps; number += 1) await saga.step(empty, null, { key: String(number) });
    return steps;
  },
});

const url = String(process.env.STORE_URL);
const store = await durableStore.openStore<SagaTables>(url, { migrations: sagaMigrations });
const sagas = await openSagas({ store, definitions: [sequence] });

await serveSequences(async (steps) => {
  const handle = await sagas.start(sequence, { input: steps });
  await handle.outcome();
});
