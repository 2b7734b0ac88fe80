import { expect } from 'vitest';
import type { SeenReply } from './booking-client.ts';

/** The contract's failure: the four members and no other, and `Retry-After` where a retry may help. */
export function expectFailureReply({ request, status, headers, text }: SeenReply): void {
  const { name, doctor, date } = request;
  expect(text).toBe(JSON.stringify({ appointment_status: 'failure', name, doctor, date }));
  if (status === 503 && !headers.has('idempotent-replayed')) expect(headers.get('retry-after')).toMatch(/^\d+$/);
}
