import { temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { auditStack } from '../../../scripts/audit-stack.ts';
import type { StackAddresses } from '../../../scripts/read-stores.ts';
import { PATIENCE_MS } from '../appointment-stack.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import type { LoadedBooking } from './load-store.ts';
import { startLoadedStack } from './loaded-stack.ts';
import { WRITTEN_BOOKINGS } from './written-bookings.ts';

const ENDED = /^(completed|failed|compensated|cancelled):/;

async function expectBooksAgree(addresses: StackAddresses): Promise<void> {
  const { findings, bookings } = await auditStack(addresses);
  expect(findings.filter(({ violations }) => violations.length > 0)).toEqual([]);
  expect(bookings).toBe(WRITTEN_BOOKINGS.length);
}

/** What receivers are told of a booking that an earlier version began: what is decided or ends from now on. */
function eventOfRecovery({ was, becomes }: LoadedBooking): string[] {
  const hadOutcome = !/pay running|reserve running \(undo registered\)/.test(was);
  if (!hadOutcome) return [becomes === 'confirmed' ? 'booking.confirmed' : 'booking.failed'];
  return becomes === 'cancelled' && !ENDED.test(was) ? ['booking.cancelled'] : [];
}

describe.concurrent('the stores that an earlier version left when it was killed', () => {
  test('When the services start over them, Then every booking can be looked at and has ended as it should', async () => {
    const loadedAt = Date.now();
    await using stack = await startLoadedStack();
    await stack.recovered();
    for (const booking of stack.bookings) {
      const shown = await stack.show(booking);
      expect(shown).toMatchObject({ name: booking.name, status: booking.becomes });
      expect(Object.keys(shown.reply)).toHaveLength(booking.reply === 200 ? 8 : 4);
      expect(Date.parse(shown.updatedAt) < loadedAt, `${booking.name} was left as it was`).toBe(
        ENDED.test(booking.was),
      );
    }
    await expectBooksAgree(stack.addresses);
  });

  test('When a client retries with its key, Then it gets the reply that was kept or that the recovery made', async () => {
    await using stack = await startLoadedStack();
    await stack.recovered();
    for (const booking of stack.bookings.filter(({ key }) => key !== undefined)) {
      const retry = await stack.retry(booking);
      expect([booking.name, retry.status]).toEqual([booking.name, booking.reply]);
      expect(retry.headers.get('idempotent-replayed')).toBe('true');
      expect(retry.headers.get('location')).toBe(`/bookings/${booking.id}`);
      expect(retry.text).toBe(JSON.stringify((await stack.show(booking)).reply));
    }
    await expectBooksAgree(stack.addresses);
  });

  test('When the confirmed ones are cancelled, Then money and slots go back', async () => {
    await using stack = await startLoadedStack();
    await stack.recovered();
    const confirmed = stack.bookings.filter(({ becomes }) => becomes === 'confirmed');
    for (const booking of confirmed) {
      const { status, json } = await stack.cancel(booking);
      expect([booking.name, status, json.status]).toEqual([booking.name, 200, 'cancelled']);
    }
    await expectBooksAgree(stack.addresses);
  });

  test('When there are receivers of webhooks now, Then they are told of what happens from now on, and of nothing before', async () => {
    using folder = temporaryFolder();
    await using receiver = await startReceiver();
    await using stack = await startLoadedStack(receiver.settings(folder.path));
    const told = () => receiver.received.map(({ event }) => `${event.data.name}: ${event.type}`).sort();
    const expectTold = async (expected: string[]) => {
      await waitUntil('they are told', () => told().length >= expected.length, PATIENCE_MS).catch(() => {});
      expect(told()).toEqual(expected.sort());
    };
    await stack.recovered();
    const recovered = stack.bookings.flatMap((booking) =>
      eventOfRecovery(booking).map((type) => `${booking.name}: ${type}`),
    );
    await expectTold(recovered);

    const confirmed = stack.bookings.filter(({ becomes }) => becomes === 'confirmed');
    for (const booking of confirmed) expect((await stack.cancel(booking)).status).toBe(200);

    await expectTold([...recovered, ...confirmed.map(({ name }) => `${name}: booking.cancelled`)]);
    expect(receiver.received.every(({ verified }) => verified)).toBe(true);
    await expectBooksAgree(stack.addresses);
  });
});
