import { Refusal, type SagaRecord } from 'durable-saga';
import { openTrips, type Trips } from './trips.ts';

const DAY = 86_400_000;
const ALICE = { by: 'alice', reason: 'The airline moved the flight to Thursday.' };

/** An error after which nobody knows whether the step had its effect, and which no retry can help. */
export const unclear = (code: string) =>
  Object.assign(new Error(code), { code, retryable: false, noSideEffect: false });

async function untilApproved({ sagas, start, go }: Trips, id: string): Promise<void> {
  await start(id);
  await go(2 * DAY);
  await sagas.sagas.signal(id, 'approval', null);
  await go(5_000);
}

/** Trips by what became of them, each with a name of its own. */
export const TOLD_TRIPS: Record<string, (trips: Trips, id: string) => Promise<unknown>> = {
  /** With an alternative, a timer, an event and a pivot. */
  async completed(trips, id) {
    trips.sagas.fail(trips.ritz, new Refusal('fully_booked'), { times: 1 });
    trips.sagas.fail(trips.spa, Object.assign(new Error(), { code: 'timeout' }), { times: 2 });
    await untilApproved(trips, id);
  },

  async cancelled(trips, id) {
    await untilApproved(trips, id);
    await trips.go(3 * DAY);
    await trips.sagas.sagas.cancel(id, ALICE);
    await trips.go(5_000);
  },

  async waiting(trips, id) {
    await trips.start(id, 'Uninsured');
    await trips.go(2 * DAY);
  },

  async paused(trips, id) {
    await trips.start(id);
    await trips.sagas.sagas.pause(id, ALICE);
  },

  async 'cancelled while it waited'(trips, id) {
    await trips.start(id);
    await trips.sagas.sagas.cancel(id, { by: 'operator' });
    await trips.go(5_000);
  },

  /** What may have been booked at the Ritz is cancelled before the alternative; then the museum is full. */
  async 'rolled back by hand'(trips, id) {
    trips.sagas.fail(trips.ritz, unclear('bad_reply'), { times: 1 });
    trips.sagas.fail(trips.museum, new Refusal('sold_out'), { times: 1, afterEffect: true });
    trips.sagas.fail(trips.plaza, Object.assign(new Error(), { code: 'http_503' }), { part: 'undo', times: 100 });
    await trips.start(id);
    await trips.go(60_000);
    await trips.sagas.sagas.retry(id, { by: 'operator' });
    await trips.go(3_000);
    await trips.sagas.sagas.pause(id, { by: 'bob', reason: 'Waiting for the Plaza to call back.' });
    await trips.go(3_600_000);
    await trips.sagas.sagas.resolve(id, {
      step: 'plaza',
      as: 'undone',
      by: 'bob',
      reason: 'They cancelled it by phone.',
    });
    await trips.sagas.sagas.resume(id, { by: 'bob' });
    await trips.go(5_000);
  },

  async 'stuck on the way back'(trips, id) {
    trips.sagas.fail(trips.museum, new Refusal('sold_out'), { times: 1, afterEffect: true });
    trips.sagas.fail(trips.car, new Refusal('unauthorized'), { part: 'undo', times: 100 });
    await trips.start(id);
  },

  async 'stuck past the pivot'(trips, id) {
    trips.sagas.fail(trips.mail, new Refusal('unauthorized'), { times: 100 });
    await untilApproved(trips, id);
  },
};

export const tripId = (name: string): string => `trip-${name.replaceAll(' ', '-')}`;

/** Lets a trip become what its name says. */
export async function tell(name: string): Promise<SagaRecord> {
  await using trips = await openTrips();
  const id = tripId(name);
  await TOLD_TRIPS[name]?.(trips, id);
  return trips.sagas.log(id);
}
