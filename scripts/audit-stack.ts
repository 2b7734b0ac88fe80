import { BACKEND_NAMES, type BackendName, mapServices } from '../services.ts';
import { type Finding, inspectStores } from './inspect-stores.ts';
import { readStores, type StackAddresses } from './read-stores.ts';

export interface Audit {
  /** How many rows each backend has. */
  rows: Record<BackendName, number>;
  bookings: number;
  findings: Finding[];
  passed: boolean;
}

/**
 * Checks that the stores agree with each other.
 *
 * @throws where a service does not respond or refuses the token
 */
export async function auditStack(stack: StackAddresses): Promise<Audit> {
  const stores = await readStores(stack);
  const findings = inspectStores(stores);
  return {
    rows: mapServices(BACKEND_NAMES, (name) => stores[name].length),
    bookings: stores.bookings.length,
    findings,
    passed: findings.every(({ violations }) => violations.length === 0),
  };
}
