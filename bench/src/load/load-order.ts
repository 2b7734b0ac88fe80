import { createSlots, GUIDE_REQUEST, readDoctors, requestFor } from './booking-requests.ts';

/** The settings of a generator, sent to its process as JSON. */
export interface LoadOrder {
  url: string;
  /** Before the measured window, on the same connections. */
  warmUpSeconds: number;
  seconds: number;
  connections: number;
  /** Bookings a second; only for open loop. */
  rate?: number;
  /** Where every booking must fit: the catalogue, and the number of the first free slot. */
  slots?: { doctorsFile: string; first: number };
}

/** What a generator reports to its parent process. */
export type LoadReport =
  | { event: 'begin' }
  | { event: 'end'; measurement: import('./measurement.ts').Measurement }
  | { event: 'done'; requested: number };

/** The settings that this process was started with. */
export const readOrder = (): LoadOrder => JSON.parse(String(process.argv[2]));

/** Reports to the parent process. */
export function report(message: LoadReport): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

/** The bodies of the requests, one after the other. */
export function createBodies({ slots }: LoadOrder): () => string {
  if (!slots) return () => GUIDE_REQUEST;
  const slotAt = createSlots(readDoctors(slots.doctorsFile));
  let next = slots.first;
  return () => requestFor(slotAt(next++));
}
