import type { World } from './letters.ts';

/** A saga over A and B whose A says when it is under way and waits for its gate; each attempt has a gate of its own. */
export function createGated(world: World) {
  const gates: Array<PromiseWithResolvers<string>> = [];
  const saga = world.letters('AB', {
    A: {
      run() {
        const gate = Promise.withResolvers<string>();
        gates.push(gate);
        return gate.promise;
      },
      timeoutMs: 60_000,
    },
  });
  return { saga, gates };
}
