import { BACKEND_NAMES, mapServices } from '../services.ts';
import type { Stores } from './read-stores.ts';

// They go on when a person does something: what they have reserved is not paid yet.
const WAITING = new Set(['requires_action', 'paused']);

/** The stores without the bookings that wait for a person, and how many these are. */
export function setAsideWaiting(stores: Stores): { others: Stores; waiting: number } {
  const ids = new Set(stores.bookings.filter(({ status }) => WAITING.has(status)).map(({ id }) => id));
  const rows = mapServices(BACKEND_NAMES, (name) => stores[name].filter(({ reference }) => !ids.has(reference)));
  const bookings = stores.bookings.filter(({ id }) => !ids.has(id));
  return { others: { ...rows, bookings } as Stores, waiting: ids.size };
}
