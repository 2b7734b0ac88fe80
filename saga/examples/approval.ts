import { defineSaga, defineStep, Refusal, type Saga, type StepCall, StepFailed } from '../src/index.ts';

/** What people are told; `id` and `key` address a message, so that a call twice sends one. */
export interface Messages {
  send(id: string, key: string, to: string, text: string, signal: AbortSignal): Promise<void>;
}

/** What comes with the event `answer`. */
export type Answer = { approved: boolean; by: string };

type Request = { what: string; approver: string; superior: string };

/**
 * Declares an approval. The approver has two days and is reminded after the first; then the superior has one. No answer
 * is a no.
 */
export function defineApproval({ send }: Messages) {
  const tell = defineStep('tell', {
    run: ({ id, key = '', input, signal }: StepCall<{ to: string; text: string }>) =>
      send(id, key, input.to, input.text, signal),
  });

  return defineSaga('approval', {
    steps: [tell],
    async run(saga, { what, approver, superior }: Request) {
      const ask = async (key: string, to: string, text: string) => {
        await saga.step(tell, { to, text: `${text}: ${what}` }, { key });
        return answerWithinOneDay(saga, key);
      };
      const answer =
        (await ask('first', approver, 'please approve')) ??
        (await ask('reminder', approver, 'still waiting for you')) ??
        (await ask('escalation', superior, `${approver} does not answer, please approve`));
      if (!answer) throw new Refusal('no_answer');
      if (!answer.approved) throw new Refusal('denied', { by: answer.by });
      return { approvedBy: answer.by };
    },
  });
}

/** @returns null where the day is over */
async function answerWithinOneDay(saga: Saga, key: string): Promise<Answer | null> {
  try {
    return await saga.waitFor<Answer>('answer', { timeout: '1d', key });
  } catch (error) {
    if (error instanceof StepFailed && error.code === 'timed_out') return null;
    throw error;
  }
}
