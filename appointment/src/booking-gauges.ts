import { Gauge, type PeerClient, type Registry, storeGauge } from '@appointments/chassis';
import { type AppointmentDatabase, countUnfinishedSagas } from './booking-store.ts';
import { toBookingStatus } from './present-booking.ts';

export interface BookingGaugesOptions {
  metrics: Registry;
  database: AppointmentDatabase;
  peers: readonly PeerClient[];
  /** How many bookings may be in flight. */
  maxInFlight: number;
}

const CIRCUIT_STATES = ['closed', 'half_open', 'open'] as const;
const UNFINISHED_STATUSES = ['pending', 'waiting', 'compensating', 'stuck', 'paused'] as const;

/**
 * What stands now: the bookings that are unfinished, which peer is cut off, and how full the orchestrator is.
 *
 * @returns `countInFlight`, which gets a function that says how many bookings are in flight
 */
export function createBookingGauges({ metrics, database, peers, maxInFlight }: BookingGaugesOptions) {
  const registers = [metrics];
  storeGauge({
    name: 'bookings_unfinished',
    help: 'Bookings that have not ended, by status; stuck ones want a person.',
    labelNames: ['status'],
    registry: metrics,
    async read() {
      const counts = await countUnfinishedSagas(database.read);
      return UNFINISHED_STATUSES.map((status) => ({
        labels: { status: toBookingStatus(status) },
        value: counts.get(status) ?? 0,
      }));
    },
  });
  new Gauge({
    name: 'peer_circuit_state',
    help: '1 for the state in which the circuit breaker of a peer is.',
    labelNames: ['peer', 'state'],
    registers,
    collect() {
      for (const peer of peers) {
        for (const state of CIRCUIT_STATES) this.set({ peer: peer.name, state }, Number(peer.circuit() === state));
      }
    },
  });
  new Gauge({
    name: 'bookings_in_flight_limit',
    help: 'Bookings that may be in flight before more are refused.',
    registers,
  }).set(maxInFlight);

  return {
    countInFlight(inFlight: () => number): void {
      new Gauge({
        name: 'bookings_in_flight',
        help: 'Bookings that are being worked on for a client.',
        registers,
        collect() {
          this.set(inFlight());
        },
      });
    },
  };
}
