import { defineSaga, defineStep, type FailureTraits, refused, type StepCall } from '../src/index.ts';

/** What can be booked. */
export type Booking = 'flight' | 'hotel A' | 'hotel B' | 'car' | 'spa' | 'ticket' | 'guide' | 'bus';

/** Stands for the services; `id` addresses each effect, so that a call twice has one. */
export interface TripServices {
  /** @throws Refusal, such as `full`: a definite no */
  book(what: Booking, id: string, who: string, signal: AbortSignal): Promise<string>;
  cancel(what: Booking, id: string, signal: AbortSignal): Promise<void>;
  /** @throws MailServerDown */
  sendMail(id: string, text: string, signal: AbortSignal): Promise<void>;
}

/** The mail may have been sent all the same, and it is worth another try. */
export class MailServerDown extends Error implements FailureTraits {
  readonly code = 'mail_server_down';
  readonly noSideEffect = false;
  readonly retryable = true;
}

type Traveller = { who: string };

/**
 * Declares a trip, and the tour that is a part of it. Up to the ticket, a failure undoes all that was booked. After it,
 * the trip only goes forward.
 */
export function defineTrip(services: TripServices) {
  const booking = (what: Booking, options: { pivot?: true } = {}) =>
    defineStep(what, {
      run: ({ id, input, signal }: StepCall<Traveller>) => services.book(what, id, input.who, signal),
      undo: ({ id, signal }) => services.cancel(what, id, signal),
      ...options,
    });
  const [flight, hotelA, hotelB] = [booking('flight'), booking('hotel A'), booking('hotel B')];
  const [car, spa, guide, bus] = [booking('car'), booking('spa'), booking('guide'), booking('bus')];
  const ticket = booking('ticket', { pivot: true });
  const mail = defineStep('mail', {
    run: ({ id, input, signal }: StepCall<{ text: string }>) => services.sendMail(id, input.text, signal),
  });

  const tour = defineSaga('tour', {
    steps: [guide, bus],
    run: async (saga, { who }: Traveller) => [await saga.step(guide, { who }), await saga.step(bus, { who })],
  });

  const trip = defineSaga('trip', {
    steps: [flight, hotelA, hotelB, car, spa, ticket, mail],
    async run(saga, { who }: Traveller) {
      const seat = await saga.step(flight, { who });
      const room = await saga.step(hotelA, { who }).catch(refused('full', () => saga.step(hotelB, { who })));
      const extras = await Promise.all([saga.step(car, { who }), saga.step(spa, { who })]);
      await saga.sleep('cool off', '2s');
      const { by } = await saga.waitFor<{ by: string }>('approval', { timeout: '7d' });
      const number = await saga.step(ticket, { who });
      await saga.step(mail, { text: `${who}: ${number}, seat ${seat}` });
      // A refusal of the tour reaches the function, also past the pivot.
      const guided = await saga.child(tour, { who }).catch(refused('sold_out', async () => []));
      return { seat, room, extras, approvedBy: by, number, guided };
    },
  });

  return { trip, tour };
}
