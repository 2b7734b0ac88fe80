import { defineSaga, defineStep, Refusal, refused, type StepCall } from 'durable-saga';
import { createTestSagas } from 'durable-saga/testing';

/** How long each step of a trip takes, in milliseconds of the test's time. */
const TAKES: Record<string, number> = {
  flight: 240,
  ritz: 90,
  plaza: 310,
  car: 620,
  museum: 380,
  spa: 1_450,
  ticket: 180,
};

const refuse = (code: string) => {
  throw new Refusal(code);
};

/** A trip that uses all that a saga can do, with steps that take the time they are said to. */
function createTrip() {
  const underWay: Array<{ at: number; end: () => void }> = [];
  const clock = { now: () => 0 };

  function step(name: string, { pivot = false, undone = true } = {}) {
    return defineStep(name, {
      async run({ id, key }: StepCall<{ who: string }>) {
        const { promise, resolve } = Promise.withResolvers<void>();
        underWay.push({ at: clock.now() + (TAKES[key ? `${name} ${key}` : name] ?? 50), end: resolve });
        await promise;
        return { id };
      },
      ...(undone && { undo: async () => {} }),
      timeoutMs: 2_000,
      pivot,
    });
  }

  const flight = step('flight');
  const ritz = step('ritz');
  const plaza = step('plaza');
  const car = step('car');
  const museum = step('museum');
  const spa = step('spa');
  const ticket = step('ticket', { pivot: true });
  const mail = step('mail', { undone: false });
  const insurance = defineSaga('insurance', {
    steps: [],
    run: async (_saga, input: { who: string }) => (input.who === 'Uninsured' ? refuse('too_risky') : { insured: true }),
  });
  const trip = defineSaga('trip', {
    steps: [flight, ritz, plaza, car, museum, spa, ticket, mail],
    deadlineMs: 60_000,
    async run(saga, input: { who: string }) {
      await saga.step(flight, input);
      await saga.step(ritz, input).catch(() => saga.step(plaza, input));
      await Promise.all([car, museum, spa].map((one) => saga.step(one, input)));
      await saga.child(insurance, input).catch(refused('too_risky', async () => null));
      await saga.sleep('cool off', '2d');
      await saga.waitFor('approval', { timeout: '7d' });
      await saga.step(ticket, input);
      for (const to of ['traveller', 'hotel']) await saga.step(mail, input, { key: to });
      return { who: input.who };
    },
  });
  return { clock, underWay, insurance, trip, steps: { flight, ritz, plaza, car, museum, spa, ticket, mail } };
}

/** Trips over the real engine, in the test's time: what it writes is what the console shows. */
export async function openTrips() {
  const { clock, underWay, trip, insurance, steps } = createTrip();
  const sagas = await createTestSagas({
    definitions: [trip, insurance],
    // A Tuesday; the trips go over midnight.
    now: Date.UTC(2031, 2, 4, 16, 20, 7, 412),
  });
  clock.now = sagas.now;

  /** Lets that much time go by, in which steps end when they should. */
  async function go(ms: number): Promise<void> {
    const end = sagas.now() + ms;
    for (;;) {
      await sagas.advance(0);
      const next = Math.min(...underWay.map(({ at }) => at));
      if (next > end) break;
      await sagas.advance(Math.max(0, next - sagas.now()));
      for (const one of underWay.filter(({ at }) => at <= next)) one.end();
      underWay.splice(0, underWay.length, ...underWay.filter(({ at }) => at > next));
    }
    await sagas.advance(end - sagas.now());
  }

  return {
    ...steps,
    sagas,
    go,
    /** Starts a trip and lets it go on until it waits for its timer, or ends. */
    async start(id: string, who = 'Grace') {
      await sagas.start(trip, { who }, { id });
      await go(5_000);
      return sagas.log(id);
    },
    [Symbol.asyncDispose]: () => sagas.close(),
  };
}

export type Trips = Awaited<ReturnType<typeof openTrips>>;
