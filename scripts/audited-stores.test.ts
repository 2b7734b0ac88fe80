import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createBookAppointment } from '../appointment/src/book-appointment.ts';
import { BACKEND_NAMES, mapServices, SERVICE_NAMES } from '../services.ts';
import { AUDITED, type AuditedStore } from './audited-stores.ts';
import { inspectStores } from './inspect-stores.ts';
import type { Stores } from './read-stores.ts';

const root = resolve(import.meta.dirname, '..');

test('When a step has an effect, Then the audit looks for it in the store of a backend', () => {
  // Nothing of it is called: only what the saga declares is read.
  const { steps } = createBookAppointment({ deadlineMs: 1, actionTimeoutMs: 1 } as never);
  const effects = [...steps.values()].filter(({ undo }) => undo !== undefined).map(({ name }) => name);

  expect(BACKEND_NAMES.map((name) => AUDITED[name].step).sort(), 'step, in audit.ts of a backend').toEqual(
    effects.sort(),
  );
});

test('When images are built, Then how a store is audited is in none of them, and no service reads it', async () => {
  const sources = await Array.fromAsync(glob(`{${SERVICE_NAMES},chassis,saga,store}/src/**/*.ts`, { cwd: root }));
  const readers = sources.filter((file) => /\/audit\.ts['"`]/.test(readFileSync(join(root, file), 'utf8')));

  expect(sources.length).toBeGreaterThan(100);
  expect(readers).toEqual([]);
  expect(readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')).toContain('*/audit.ts');
});

describe('When there is one more backend, which the reply to the client does not name', () => {
  const reminder: AuditedStore<{ reference: string; sent: boolean }> = {
    step: 'remind',
    path: '/reminders',
    schema: z.object({ reference: z.string(), sent: z.boolean() }),
    row: 'reminder',
    live: 'sent reminder',
    isLive: ({ sent }) => sent,
  };
  const id = 'booking-0';
  const appointment = { appointmentId: id, reference: id, doctor_name: 'John Doe', date: 'a day', time: '3.00pm' };
  const SOUND: Stores = {
    ...mapServices(BACKEND_NAMES, () => []),
    reservation: [{ ...appointment, fee: '1000.00', status: 'booked' }],
    payment: [{ reference: id, payment_id: id, payment_status: 'settled', amount: '1000.00' }],
    bookings: [
      {
        id,
        status: 'confirmed',
        reply: { appointmentId: id, payment_id: id },
        steps: ['reserve', 'pay', 'remind'].map((name) => ({ name, status: 'done' })),
      },
    ],
  };
  const brokenWith = (reminders: Array<{ reference: string; sent: boolean }>, change: Partial<Stores> = {}) => {
    const stores = { ...SOUND, ...change, reminder: reminders };
    const { reservation, payment } = AUDITED;
    const findings = inspectStores(stores, { reservation, payment, reminder } as unknown as typeof AUDITED);
    return findings.filter(({ violations }) => violations.length > 0).map(({ invariant }) => invariant);
  };
  const sent = { reference: id, sent: true };

  test('Then its step must have had its effect, once', () => {
    expect(brokenWith([sent])).toEqual([]);
    expect(brokenWith([])).toEqual(['every confirmed booking is in all stores']);
    expect(brokenWith([{ ...sent, sent: false }])).toEqual(['every confirmed booking is in all stores']);
    expect(brokenWith([sent, sent])).toEqual(['one appointment and one payment and one reminder per booking']);
  });

  test('Then a booking of before the step has none of it', () => {
    const before = SOUND.bookings.map((booking) => ({ ...booking, steps: booking.steps.slice(0, 2) }));
    expect(brokenWith([], { bookings: before })).toEqual([]);
  });

  test('Then nothing of it is left of a booking that was undone, or that is not known', () => {
    const undone = SOUND.bookings.map((booking) => ({ ...booking, status: 'compensated', reply: null }));
    const nothing = { reservation: [], payment: [] };
    const orphan = 'every sent reminder has its live appointment';
    expect(brokenWith([sent], { ...nothing, bookings: undone })).toEqual([
      orphan,
      'every other ended booking left nothing behind',
    ]);
    expect(brokenWith([sent], { ...nothing, bookings: [] })).toEqual([orphan]);
    expect(brokenWith([], { ...nothing, bookings: undone })).toEqual([]);
  });

  test('Then it may be there or not where the appointment is expired', () => {
    const expired = SOUND.reservation.map((row) => ({ ...row, status: 'expired' as const }));
    expect(brokenWith([sent], { reservation: expired })).toEqual([]);
    expect(brokenWith([], { reservation: expired })).toEqual([]);
  });
});
