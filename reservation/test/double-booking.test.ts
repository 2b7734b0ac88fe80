import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { insertAppointment } from '../src/reservation-store.ts';
import { doctorWithSlots, REQUEST, startReservationService } from './reservation-service.ts';

const ROUNDS = 20;
const CLIENTS = 200;

describe('one live appointment per doctor, day and time', () => {
  test('When 200 clients want a day with N slots, Then exactly N get one each, in every round', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`double booking: SEED=${seed}\n`);
    const slotCounts = fc.sample(fc.integer({ min: 1, max: 60 }), { seed, numRuns: ROUNDS });

    for (const [round, slots] of slotCounts.entries()) {
      await using service = await startReservationService({ doctors: [doctorWithSlots(slots)] });
      const replies = await Promise.all(
        Array.from({ length: CLIENTS }, (_, client) => service.create(REQUEST, `round-${round}-${client}`)),
      );

      const booked = replies.filter(({ status }) => status === 200).map(({ json }) => json);
      const full = replies.filter(({ status, json }) => status === 409 && json.code === 'no_slot_available');
      expect({ round, seed, booked: booked.length, full: full.length }).toEqual({
        round,
        seed,
        booked: slots,
        full: CLIENTS - slots,
      });
      expect(new Set(booked.map(({ time }) => time)).size).toBe(slots);
      expect(new Set(booked.map(({ appointmentId }) => appointmentId)).size).toBe(slots);
      expect((await service.list('?limit=500')).json.items).toHaveLength(slots);
    }
  }, 120_000);

  const ROW = {
    patient_name: 'Ann',
    doctor_name: 'John Doe',
    date: '30-09-2019',
    time: '3.00pm',
    fee: 1,
    created_at: 0,
  };

  test('When the check of the service is bypassed, Then the database refuses the second booking', async () => {
    await using service = await startReservationService();
    const insert = (reference: string) =>
      service.database.transaction((tables) =>
        tables
          .insertInto('appointments')
          .values({ ...ROW, reference, status: 'booked' })
          .execute(),
      );
    await insert('ref-1');

    await expect(insert('ref-2')).rejects.toThrow(/unique constraint/i);

    await service.cancel('ref-1');
    await insert('ref-3');
    await expect(
      service.database.transaction((tables) =>
        tables.updateTable('appointments').set({ status: 'booked' }).where('reference', '=', 'ref-1').execute(),
      ),
    ).rejects.toThrow(/unique constraint/i);
  });

  test('When a slot was taken behind its back, Then the store says so and the next free slot is booked', async () => {
    await using service = await startReservationService();
    const insert = (reference: string) =>
      service.database.transaction((tables) => insertAppointment(tables, { ...ROW, reference }));

    expect(await insert('ref-1')).toMatchObject({ id: 1001, status: 'booked' });
    expect(await insert('ref-2')).toBeUndefined();
    expect((await service.create()).json.time).toBe('3.30pm');
  });
});
