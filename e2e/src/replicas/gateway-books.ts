import { waitUntil } from '@appointments/chassis/testing';
import { expect } from 'vitest';
import { readStores, type StackAddresses } from '../../../scripts/read-stores.ts';
import type { ReplicaStack } from './replica-stack.ts';

const REVERSED_WITHIN_MS = 10_000;

/** References whose money the gateway keeps and the ledger does not, or the other way round. */
async function differences(
  addresses: StackAddresses,
  { charges, refunds }: ReplicaStack['gateway'],
): Promise<string[]> {
  const { payment } = await readStores(addresses);
  const settled = payment.filter(({ payment_status }) => payment_status === 'settled');
  const ledger = new Set(settled.map(({ reference }) => reference));
  const kept = new Set([...charges.keys()].filter((reference) => !refunds.has(`refund-${reference}`)));
  return [...ledger.symmetricDifference(kept)];
}

/** Checks that each booking's money was taken once and that the gateway has kept none that the ledger does not show. */
export async function expectGatewayAgrees({ addresses, gateway }: ReplicaStack): Promise<void> {
  const references = [...gateway.charges.values()].map(({ reference }) => reference);
  expect(references).toEqual([...gateway.charges.keys()]);
  const agree = async () => (await differences(addresses, gateway)).length === 0;
  await waitUntil('the gateway and the ledger agree', agree, REVERSED_WITHIN_MS).catch(() => {});
  expect(await differences(addresses, gateway), 'money at the gateway').toEqual([]);
}
