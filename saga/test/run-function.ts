import type { SagaRecord } from '../src/index.ts';
import { openBench } from './bench.ts';
import { createWorld, lettersBy, type World } from './letters.ts';

/**
 * Runs the step A and then a function of the test's own.
 *
 * @param define returns the steps that the function may call, and the function
 * @returns the saga as its run left it, and the message of the first error that was reported
 */
export async function runFunction(
  define: (world: World) => Parameters<typeof lettersBy>,
): Promise<{ record: SagaRecord; message: string | undefined; world: World }> {
  await using bench = openBench();
  const world = createWorld();
  const a = world.step('A');
  const [steps, run] = define(world);
  const saga = lettersBy([a, ...steps], async (called, input) => {
    await called.step(a, input);
    return run(called, input);
  });
  const host = await bench.openHost([saga]);
  const record = await host.run(saga, 'input');
  return { record, message: (host.errors[0]?.error as Error | undefined)?.message, world };
}
