import type { ApiReply } from '@appointments/chassis/testing';
import { auditStack } from '../../scripts/audit-stack.ts';
import { BACKEND_NAMES, mapServices, peerSettings } from '../../services.ts';
import { readConfig } from '../src/config.ts';
import { createClients, openPeers } from '../src/peers.ts';
import { createRemoveBookings } from '../src/retention/remove-bookings.ts';
import { GUIDE_REQUEST, type Stack } from './appointment-stack.ts';

export const DAY_MS = 86_400_000;
export const RETENTION_MS = 400 * DAY_MS;
export const GRACE_MS = 3_600_000;
export const TOKEN = 'of-the-operators';

export const idOf = (reply: ApiReply) => reply.headers.get('location')?.split('/').at(-1) as string;
const never = new AbortController().signal;

/** Removes what is old, by a clock that the test moves. */
export function openRemoval(stack: Stack, retentionMs = RETENTION_MS) {
  const config = readConfig(peerSettings('appointment', (name) => stack[name].url));
  const peers = openPeers(config, 2_000);
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const removeOld = createRemoveBookings({ ...createClients(peers), database: stack.database(), retentionMs, now });
  return {
    clock,
    removeOld: () => removeOld(never),
    /** Removes all that is old: what is marked first has to wait. */
    async removeAll() {
      await removeOld(never);
      clock.now += GRACE_MS;
      await removeOld(never);
    },
    [Symbol.asyncDispose]: async () => {
      for (const { client } of Object.values(peers)) await client.close();
    },
  };
}

/** What the stores have of a booking. */
export async function tracesOf(stack: Stack, id: string): Promise<string[]> {
  const { status } = await stack.call('GET', `/bookings/${id}`);
  const { items: appointments } = await stack.reservation.get('/reservation/appointments?limit=500');
  const payment = await stack.payment.get(`/payment/payments/${id}`);
  return [
    ...(status === 200 ? ['booking'] : []),
    ...(appointments.some(({ reference }: { reference: string }) => reference === id) ? ['appointment'] : []),
    ...(payment.reference === id ? ['payment'] : []),
  ];
}

export const audit = async (stack: Stack) => {
  const { findings } = await auditStack({
    ...mapServices(BACKEND_NAMES, (name) => stack[name].url),
    appointment: stack.url(),
    operatorToken: TOKEN,
  });
  return findings.filter(({ violations }) => violations.length > 0);
};

/** Makes bookings look as if they had ended so long ago. */
export const age = (stack: Stack, ids: readonly string[], ms: number) =>
  stack.change(async (tables) => {
    await tables
      .updateTable('sagas')
      .set({ updated_at: Date.now() - ms })
      .where('id', 'in', ids)
      .execute();
  });

/** Bookings that have ended in each way. */
export async function bookInEveryWay(stack: Stack): Promise<string[]> {
  const confirmed = await stack.book();
  const cancelled = await stack.book();
  await stack.cancel(`/bookings/${idOf(cancelled)}`);
  const failed = await stack.book({ ...GUIDE_REQUEST, doctor: 'Nobody' });
  const compensated = await stack.book({ ...GUIDE_REQUEST, cardNum: '4000000000000002' });
  return [confirmed, cancelled, failed, compensated].map(idOf);
}
