import { type Finding, inspectStores } from './inspect-stores.ts';
import { readStores, type StackAddresses } from './read-stores.ts';

export interface Audit {
  appointments: number;
  payments: number;
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
    appointments: stores.appointments.length,
    payments: stores.payments.length,
    bookings: stores.bookings.length,
    findings,
    passed: findings.every(({ violations }) => violations.length === 0),
  };
}
