import { defineSaga, defineStep, type Sagas, type StepCall } from '../../src/index.ts';

/** A peer whose work takes from minutes to days. */
export interface Studio {
  /** Returns at once; the studio calls back when the film is ready. */
  order(id: string, script: string, signal: AbortSignal): Promise<void>;
  cancelOrder(id: string, signal: AbortSignal): Promise<void>;
  /** Takes some minutes. */
  check(id: string, url: string, signal: AbortSignal): Promise<{ minutes: number }>;
}

export interface Rendered {
  url: string;
}

/** Declares a film: one job with a callback, then one call that is awaited. */
export function defineFilm(studio: Studio) {
  const order = defineStep('order', {
    run: ({ id, input, signal }: StepCall<{ script: string }>) => studio.order(id, input.script, signal),
    undo: ({ id, signal }) => studio.cancelOrder(id, signal),
  });
  const check = defineStep('check', {
    run: ({ id, input, signal }: StepCall<Rendered>) => studio.check(id, input.url, signal),
    timeoutMs: 10 * 60_000,
  });

  return defineSaga('film', {
    steps: [order, check],
    deadlineMs: 30 * 60_000, // above the time limits of the steps, or it ends them first
    async run(saga, { script }: { script: string }) {
      await saga.step(order, { script });
      const film = await saga.waitFor<Rendered>('rendered', { timeout: '2d' });
      const { minutes } = await saga.step(check, film);
      return { ...film, minutes };
    },
  });
}

/** What the HTTP handler of the studio's callback does. A callback that comes twice counts once. */
export async function onCallback(sagas: Sagas, id: string, film: Rendered): Promise<void> {
  await sagas.signal(id, 'rendered', film, { dedupeKey: film.url });
}
