import { defineSaga, defineStep, Refusal, refused, type StepCall, StepFailed } from '../../src/index.ts';

export interface Market {
  /** Asks a dealer for an offer, which comes as the event `offer`. */
  ask(id: string, dealer: string, signal: AbortSignal): Promise<void>;
  rateOfTheDay(signal: AbortSignal): Promise<number>;
}

type Offer = { dealer: string; price: number };

/** Declares a sale: the first offer that comes within an hour, at a rate that is asked for no longer than `patienceMs`. */
export function defineSale(market: Market, patienceMs = 2_000) {
  const ask = defineStep('ask', {
    run: ({ id, input, signal }: StepCall<{ dealer: string }>) => market.ask(id, input.dealer, signal),
  });
  // A `Refusal` is not retried: the step takes one attempt and no longer than this.
  const rate = defineStep('rate', {
    async run({ signal }: StepCall<null>) {
      try {
        return await market.rateOfTheDay(AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]));
      } catch (cause) {
        throw new Refusal('no_rate', null, { cause });
      }
    },
  });

  return defineSaga('sale', {
    steps: [ask, rate],
    async run(saga, { dealers }: { dealers: string[] }) {
      const factor = await saga.step(rate, null).catch(refused('no_rate', async () => 1));
      await Promise.all(dealers.map((dealer) => saga.step(ask, { dealer }, { key: dealer })));
      const first = await saga.waitFor<Offer>('offer', { timeout: '1h' }).catch((error: unknown) => {
        if (error instanceof StepFailed && error.code === 'timed_out') throw new Refusal('no_offer');
        throw error;
      });
      return { ...first, price: first.price * factor };
    },
  });
}
