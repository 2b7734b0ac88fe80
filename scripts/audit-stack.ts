import { BACKEND_NAMES, type BackendName, mapServices } from '../services.ts';
import { AUDITED } from './audited-stores.ts';
import { type Finding, inspectStores } from './inspect-stores.ts';
import { readStores, type StackAddresses } from './read-stores.ts';
import { setAsideWaiting } from './set-aside-waiting.ts';

export interface Audit {
  /** How many rows each backend has. */
  rows: Record<BackendName, number>;
  bookings: number;
  /** How many bookings wait for a person, and were not compared. */
  waiting: number;
  findings: Finding[];
  passed: boolean;
}

/**
 * Checks that the stores agree with each other.
 *
 * @param mayWait whether bookings that wait for a person are set aside; else they have not ended, as they should have
 * @throws where a service does not respond or refuses the token
 */
export async function auditStack(stack: StackAddresses, { mayWait = false } = {}): Promise<Audit> {
  const stores = await readStores(stack);
  const { others, waiting } = mayWait ? setAsideWaiting(stores) : { others: stores, waiting: 0 };
  const findings = inspectStores(stores, AUDITED, others);
  return {
    rows: mapServices(BACKEND_NAMES, (name) => stores[name].length),
    bookings: stores.bookings.length,
    waiting,
    findings,
    passed: findings.every(({ violations }) => violations.length === 0),
  };
}
