import type { SagaRecord } from '../src/index.ts';
import { type Host, settled } from './bench.ts';
import { lettersBy, type World } from './letters.ts';

/** A saga that runs A, waits for an approval and runs B. */
export function defineApproval({ step }: World) {
  const [a, b] = [step('A'), step('B')];
  return lettersBy([a, b], async (saga, input) => {
    await saga.step(a, input);
    const approval = await saga.waitFor('approval', { timeout: '7d' });
    await saga.step(b, input);
    return approval ?? null;
  });
}

/** Starts a saga and returns it as it is when it waits. */
export async function startWaiting(host: Host, saga: ReturnType<typeof lettersBy>, id = 'saga-1'): Promise<SagaRecord> {
  const handle = await host.sagas.start(saga, { id, input: 'input', secret: 'canary' });
  return settled(handle.rested());
}
