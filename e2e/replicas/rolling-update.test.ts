import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { auditStack } from '../../scripts/audit-stack.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { report } from '../src/faults/report.ts';
import { chooseSeed } from '../src/faults/seeded-random.ts';
import { expectAllEnded, expectBooksAgree } from '../src/faults/verdict.ts';
import { copyOrchestrator } from '../src/other-version.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { bookingAt } from '../src/replicas/replica-bookings.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';
import { LATER_STEP, NEXT_RELEASE } from '../src/replicas/two-versions.ts';
import { updateUnderLoad } from '../src/replicas/update-under-load.ts';

const NOT_GIVEN = 'sagas of a definition that this process was not given';

/** Those of the bookings that were begun with the later version of the function. */
async function ofLaterVersion(url: string, ids: readonly string[]): Promise<string[]> {
  const shown = await Promise.all(ids.map((id) => bookingAt(url, `/bookings/${id}`)));
  return ids.filter((_, index) => shown[index]?.steps.some(({ name }) => name === LATER_STEP));
}

test('When two replicas are updated, taken back and updated again under load, Then no booking is ever stuck', {
  timeout: 400_000,
}, async () => {
  const seed = chooseSeed();
  report(`rolling update: seed ${seed}`);
  using next = copyOrchestrator(NEXT_RELEASE);
  await using stack = await startReplicaStack({ orchestrators: 2, env: { BOOKING_DEADLINE_MS: '2000' } });
  const [one, other] = stack.orchestrators;
  const clients = createClientLedger();
  const update = updateUnderLoad(stack, clients, seed);
  const statusOf = async (id: string) => (await bookingAt(one.url, `/bookings/${id}`)).status;

  await update.goesOn();
  expect(await ofLaterVersion(one.url, update.confirmed())).toEqual([]);
  await update.replace(other, next.path);
  await update.replace(one, next.path);
  await update.replace(other);
  // What the kill leaves under way waits for a replica that knows its version.
  await update.replace(one, undefined, 'kill');
  expect(one.log()).toContain(NOT_GIVEN);
  const waiting = (await ofLaterVersion(one.url, update.confirmed())).slice(0, 2);
  await Promise.all(waiting.map((id, index) => update.cancel(id, stack.orchestrators[index]?.url)));
  await update.goesOn();
  expect(await Promise.all(waiting.map(statusOf))).toEqual(['compensating', 'compensating']);
  await update.replace(other, next.path);
  for (const id of waiting) await waitUntil('it is cancelled', async () => (await statusOf(id)) === 'cancelled');
  await update.replace(one, next.path);

  const trouble = await update.end();
  await expectAllEnded(stack.addresses);
  report(`rolling update: replies ${JSON.stringify(clients.counts())}, ${update.cancelled()} cancellations`);
  expect(trouble).toEqual({ stuck: [], changedReplies: [], withoutReply: [], refusedCancellations: [] });
  for (const replica of stack.orchestrators) expect(replica.log()).not.toContain('"saga stuck"');
  await expectBooksAgree(stack.addresses, clients);
  expect((await auditStack(stack.addresses)).passed).toBe(true);
  await expectGatewayAgrees(stack);
});
