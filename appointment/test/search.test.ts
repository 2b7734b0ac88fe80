import { nameKey } from '@appointments/chassis';
import { type ApiReply, createTestLogger } from '@appointments/chassis/testing';
import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { type BookingFilter, passes } from '../src/booking-filter.ts';
import type { AppointmentDatabase, AppointmentTables } from '../src/booking-store.ts';
import { startFillingNameKeys } from '../src/fill-name-keys.ts';
import { searchBookings } from '../src/search-bookings.ts';
import { GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { insertEndedSaga, openStoreWith } from './store-with-bookings.ts';

const OPERATOR = { operatorToken: 'of-the-operators' };
const idOf = (reply: ApiReply) => (reply.headers.get('location') as string).replace('/bookings/', '');

async function find(stack: Stack, query: Record<string, string>): Promise<string[]> {
  const { status, json } = await stack.list(`?${new URLSearchParams(query)}`);
  expect(status).toBe(200);
  return json.items.map(({ id }: { id: string }) => id);
}

test('When a booking is searched for, Then by its id, its name, its appointment and its payment', async () => {
  await using stack = await startStack(OPERATOR);
  const reply = await stack.book({ ...GUIDE_REQUEST, name: 'Ingrid Ångström' });
  const other = idOf(await stack.book({ ...GUIDE_REQUEST, name: 'Inga Berg' }));
  const id = idOf(reply);
  const { appointmentId, payment_id } = reply.json;

  expect(await find(stack, { q: id })).toEqual([id]);
  expect(await find(stack, { q: id.slice(0, 20).toUpperCase() })).toContain(id);
  expect(await find(stack, { q: 'INGRID å' })).toEqual([id]);
  expect(await find(stack, { q: 'ing' })).toEqual([other, id]);
  expect(await find(stack, { q: appointmentId })).toEqual([id]);
  expect(await find(stack, { q: payment_id.toUpperCase() })).toEqual([id]);
  for (const q of ['ngrid', '4711', '0190c2f0-0000-4000-8000-000000000000', '%', "' or 1=1"]) {
    expect(await find(stack, { q })).toEqual([]);
  }
});

test('When the other services are down, Then names are found all the same', async () => {
  await using stack = await startStack(OPERATOR);
  const id = idOf(await stack.book({ ...GUIDE_REQUEST, name: '1001 Nights' }));
  await stack.reservation.goDown();
  expect(await find(stack, { q: '1001' })).toEqual([id]);
});

test('When a search has a status, a doctor and days as well, Then all of them have to fit', async () => {
  await using stack = await startStack(OPERATOR);
  const confirmed = idOf(await stack.book());
  const declined = idOf(await stack.book({ ...GUIDE_REQUEST, cardNum: '4000000000000002' }));
  const elsewhere = idOf(await stack.book({ ...GUIDE_REQUEST, doctor: 'Amina Rahman' }));
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

  expect(await find(stack, { q: 'thomas', status: 'confirmed' })).toEqual([elsewhere, confirmed]);
  expect(await find(stack, { q: 'thomas', doctor: 'john' })).toEqual([declined, confirmed]);
  expect(await find(stack, { doctor: 'JOHN', status: 'compensated' })).toEqual([declined]);
  expect(await find(stack, { doctor: 'ohn' })).toEqual([]);
  expect(await find(stack, { q: 'thomas', from: day(0), to: day(1) })).toHaveLength(3);
  expect(await find(stack, { from: day(-1), to: day(1), status: 'confirmed' })).toHaveLength(2);
  for (const query of [{ from: day(1) }, { to: day(-1) }]) {
    expect(await find(stack, query)).toEqual([]);
    expect(await find(stack, { ...query, q: 'thomas' })).toEqual([]);
    expect(await find(stack, { ...query, status: 'confirmed' })).toEqual([]);
    expect(await find(stack, { ...query, doctor: 'John Doe' })).toEqual([]);
  }
});

test.each(['from=31-12-2026', 'to=2026-02-30', `q=${'x'.repeat(101)}`, 'q=', 'outcome=failed'])(
  'When the query is %s, Then it is refused by name',
  async (query) => {
    await using stack = await startStack(OPERATOR);
    const { status, json } = await stack.list(`?${query}`);
    expect([status, json.errors[0].pointer]).toEqual([400, `/${query.split('=')[0]}`]);
  },
);

const failedBy = (code: string, status: number) => ({
  ...{ status: 'failed', goal: 'undo' },
  failure: JSON.stringify({ step: 'reserve', code, data: { status } }),
});
const REFUSED = failedBy('doctor_not_found', 404);
const LOST = failedBy('timeout', 503);

/** All pages of a search, and how many rows were read for the one that took most. */
async function readPages({ read }: AppointmentDatabase, filter: BookingFilter) {
  const pages: string[][] = [];
  let most = 0;
  let rows = 0;
  const counting = read.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      rows += result.rows.length;
      return result;
    },
  });
  for (let before: string | undefined; ; ) {
    rows = 0;
    const page = await searchBookings(counting, filter, { before, limit: 100 });
    most = Math.max(most, rows);
    pages.push(page.ids);
    if (page.next === null) return { pages, ids: pages.flat(), most };
    before = page.next;
  }
}

test('When many fit, Then page by page, each once, newest first', async () => {
  await using store = await openStoreWith(1_300);
  for (const [q, expected] of [
    ['adam', 1_287],
    ['zoë', 13],
    ['01900000', 1_300],
  ] as const) {
    const ids: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await searchBookings(store.database.read, { q }, { before, limit: 100 });
      expect(page.ids.length).toBeLessThanOrEqual(100);
      ids.push(...page.ids);
      if (page.next === null) break;
      before = page.next;
    }
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    expect(ids, q).toHaveLength(expected);
  }
});

test('When many begin with the text and few of them fit, Then those few are found all the same', async () => {
  await using store = await openStoreWith(1_300);
  const { database, idAt } = store;
  await database.transaction(async (tables) => {
    const row = tables.updateTable('bookings').where('id', '=', idAt(3));
    await row.set({ doctor: 'Amina Rahman', doctor_key: 'amina rahman' }).execute();
    for (const id of [3, 1_200].map(idAt)) await insertEndedSaga(tables, id);
  });
  const ids: string[] = [];
  for (let before: string | undefined; ; ) {
    const page = await searchBookings(database.read, { q: '01900000', doctor: 'amina' }, { before, limit: 100 });
    ids.push(...page.ids);
    if (page.next === null) break;
    before = page.next;
  }
  expect(ids).toEqual([idAt(3)]);
});

test('When few are lost among many that are refused, Then those few are found, and a page reads a bounded number of rows', async () => {
  await using store = await openStoreWith(6_200);
  const { database, idAt } = store;
  const lost = [5_101, 5_051, 2].map(idAt);
  await database.transaction(async (tables) => {
    for (let index = 0; index < 6_100; index += 1) {
      await insertEndedSaga(tables, idAt(index), lost.includes(idAt(index)) ? LOST : REFUSED);
    }
    for (let index = 6_100; index < 6_200; index += 1) await insertEndedSaga(tables, idAt(index));
  });

  const { pages, most } = await readPages(database, { outcome: 'lost' });
  expect(pages).toEqual([lost.slice(0, 2), [], lost.slice(2)]);
  // Of each status as many as are looked through at a time, then the rows of those.
  expect(most).toBeLessThanOrEqual(12 * 2 * 200);
  expect((await readPages(database, { outcome: 'refused' })).ids).toHaveLength(6_097);
  expect((await readPages(database, { outcome: 'confirmed' })).ids).toHaveLength(100);
  for (const filter of [{ q: '01900000' }, { q: 'adam' }, { doctor: 'john' }, { status: 'failed' }] as const) {
    const some = await readPages(database, { ...filter, outcome: 'lost' });
    expect(some.ids, JSON.stringify(filter)).toEqual(lost);
  }
  expect((await readPages(database, { status: 'confirmed', outcome: 'lost' })).ids).toEqual([]);
});

test('When an earlier release has stored bookings, Then their patients are found once their names are filled in', async () => {
  await using store = await openStoreWith(450);
  const { database, idAt } = store;
  await database.transaction(async (tables) => {
    await tables.updateTable('bookings').set({ name_key: null }).execute();
  });
  const zoe = () => searchBookings(database.read, { q: 'ZOË' }, { limit: 10 });
  expect((await zoe()).ids).toEqual([]);
  await startFillingNameKeys(database, createTestLogger().logger).done;
  expect((await zoe()).ids).toEqual([400, 300, 200, 100, 0].map(idAt));
});

test("When one doctor's name begins another's, Then both are found by it, as a row that is live passes by it", async () => {
  await using store = await openStoreWith(30);
  const { database, idAt } = store;
  const rename = (tables: Kysely<AppointmentTables>, index: number, doctor: string) =>
    tables
      .updateTable('bookings')
      .set({ doctor, doctor_key: nameKey(doctor) })
      .where('id', '=', idAt(index))
      .execute();
  await database.transaction(async (tables) => {
    await rename(tables, 3, 'Ann Li');
    await rename(tables, 5, 'Ann Lindgren');
    for (let index = 10; index < 25; index += 1) await rename(tables, index, `Dr. ${index}`);
  });
  const find = async (doctor: string) => (await searchBookings(database.read, { doctor }, { limit: 100 })).ids;

  expect(await find('ann li')).toEqual([5, 3].map(idAt));
  // More doctors than are read each by its own.
  expect(await find('DR.')).toEqual(Array.from({ length: 15 }, (_, index) => idAt(24 - index)));
  const row = { id: idAt(5), status: 'confirmed', outcome: 'confirmed', name: 'Adam', doctor: 'Ann Lindgren' } as const;
  expect(passes({ doctor: 'ann li' }, row)).toBe(true);
});
