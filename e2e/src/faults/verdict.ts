import { waitUntil } from '@appointments/chassis/testing';
import { expect } from 'vitest';
import { inspectStores } from '../../../scripts/inspect-stores.ts';
import { readStores, type StackAddresses } from '../../../scripts/read-stores.ts';
import type { ClientLedger } from './client-ledger.ts';

// The reliability promise: nothing is unfinished 10 s after all services are healthy again.
const RECOVERY_DEADLINE_MS = 10_000;
const UNFINISHED = ['pending', 'requires_action', 'compensating', 'stuck', 'paused'];

async function hasUnfinished({ appointment, operatorToken }: StackAddresses): Promise<boolean> {
  for (const status of UNFINISHED) {
    const response = await fetch(`${appointment}/bookings?status=${status}&limit=1`, {
      headers: { authorization: `Bearer ${operatorToken}` },
    });
    if (!response.ok)
      throw new Error(`the list of bookings responded with ${response.status}: ${await response.text()}`);
    const { items } = (await response.json()) as { items: unknown[] };
    if (items.length > 0) return true;
  }
  return false;
}

/** Waits until every booking has ended; fails where that takes longer than promised. */
export async function expectAllEnded(stack: StackAddresses): Promise<void> {
  await waitUntil('every booking has ended', async () => !(await hasUnfinished(stack)), RECOVERY_DEADLINE_MS);
}

/** Checks the audit of a stack at rest, and every promise made to a client. */
export async function expectBooksAgree(stack: StackAddresses, clients: ClientLedger): Promise<void> {
  const stores = await readStores(stack);
  const findings = inspectStores(stores);
  const broken = findings.filter(({ violations }) => violations.length > 0);
  expect(broken, 'the audit').toEqual([]);
  expect(clients.brokenPromises(stores), 'replies to clients').toEqual([]);
}

/** Both, one after the other: how every fault test ends. */
export async function expectRecovered(stack: StackAddresses, clients: ClientLedger): Promise<void> {
  await expectAllEnded(stack);
  await expectBooksAgree(stack, clients);
}
