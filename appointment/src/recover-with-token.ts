import type { StepCall } from 'durable-saga';
import { UnprovenRefusal } from './clients/unproven-refusal.ts';

interface MayHaveToken {
  paymentToken?: string | undefined;
}

/**
 * What a step does after a crash in the middle of it: a booking with a payment token goes on, under the same key.
 *
 * @param again does the step; what may have happened although it was refused is undone
 * @param without what a booking does that has none; where it is left out, or returns undefined, the booking is rolled back
 */
export function recoverWithToken<Input extends MayHaveToken, Secret, Result>(
  again: (call: StepCall<Input, Secret>) => Promise<Result>,
  without?: (call: StepCall<Input, Secret>) => Promise<Result | undefined>,
) {
  return async (call: StepCall<Input, Secret>): Promise<Result | undefined> => {
    // The logs of the first releases hold no inputs.
    const { paymentToken } = (call.input as Input | null) ?? {};
    return paymentToken === undefined ? without?.(call) : again(call).catch(rollBackIfRefused);
  };
}

// What may have happened all the same has its undo; asking again would bring the same no.
function rollBackIfRefused(error: unknown): undefined {
  if (!(error instanceof UnprovenRefusal)) throw error;
}
