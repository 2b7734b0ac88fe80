import { formerNameKey } from '@appointments/chassis';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { GUIDE_REQUEST, startStack } from './appointment-stack.ts';

test.each([
  ['Jean O’Neill', "jean o'neill"],
  ['Anna Strauß', 'ANNA STRAUSS'],
  ['John  Doe', 'john doe'],
  ['John Doe', 'john doe'],
])('When an earlier release has stored a booking with %s, Then %s finds it', async (doctor, typed) => {
  await using stack = await startStack({ operatorToken: 'of-the-operators' });
  await stack.book({ ...GUIDE_REQUEST, doctor });
  await stack.book({ ...GUIDE_REQUEST, doctor: 'Somebody else' });
  await stack.change(async (tables) => {
    await tables
      .updateTable('bookings')
      .set({ doctor_key: formerNameKey(doctor) })
      .where('doctor', '=', doctor)
      .execute();
    await sql`delete from kysely_migration where name = '010-doctor-keys'`.execute(tables);
  });

  await stack.restart();

  const { json } = await stack.list(`?doctor=${encodeURIComponent(typed)}`);
  expect(json.items.map((booking: { doctor: string }) => booking.doctor)).toEqual([doctor]);
});
