import { storeUrl, temporaryFolder } from '@appointments/chassis/testing';
import type { Kysely } from 'kysely';
import { type AppointmentTables, insertBooking, openAppointmentDatabase } from '../src/booking-store.ts';

/** A store with this many bookings, of which each hundredth is for Zoë. */
export async function openStoreWith(count: number) {
  const folder = temporaryFolder();
  const database = await openAppointmentDatabase(await storeUrl(folder.path, 'appointment'));
  const idAt = (index: number) => `01900000-${index.toString(16).padStart(4, '0')}-7000-8000-000000000000`;
  await database.transaction(async (tables) => {
    for (let index = 0; index < count; index += 1) {
      await insertBooking(tables, {
        id: idAt(index),
        name: index % 100 === 0 ? 'Zoë' : 'Adam',
        doctor: 'John Doe',
        doctor_key: 'john doe',
        date: '01-01-2031',
        card_last_four: '',
        idempotency_key: null,
        client: null,
      });
    }
  });
  return {
    database,
    idAt,
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

/** The saga of a booking that is confirmed, or ended as it is given. */
export function insertEndedSaga(tables: Kysely<AppointmentTables>, id: string, ending: object = {}) {
  const texts = { name: 'book-appointment', status: 'completed', goal: 'complete', input: '{}', steps: '[]' };
  const numbers = { version: 1, stalls: 0, fence: 0, created_at: 0, updated_at: 0 };
  return tables
    .insertInto('sagas')
    .values({ id, ...texts, ...numbers, ...ending } as never)
    .execute();
}
