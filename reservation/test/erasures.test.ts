import { readNotErased } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { doctorWithSlots, REQUEST, startReservationService } from './reservation-service.ts';

const ADA = { ...REQUEST, name: 'Ada Lovelace' };
const holdsName = async (folder: string) => (await readNotErased(folder)).some((bytes) => /lovelace/i.test(bytes));

test('When appointments are erased, Then no byte of the name is left, and the appointments are as they were', async () => {
  await using service = await startReservationService();
  const { appointmentId } = (await service.create(ADA, 'one')).json;
  await service.create({ ...ADA, name: 'ADA LOVELACE' }, 'two');
  await service.create(REQUEST, 'other');
  await service.cancel('two');
  const before = (await service.find(appointmentId)).json;

  const erased = await service.erase(['one', 'two', 'nobody-knows']);

  expect([erased.status, erased.json]).toEqual([200, { erased: 2 }]);
  expect((await service.find(appointmentId)).json).toEqual({ ...before, patient_name: '[erased]' });
  expect(await holdsName(service.folder)).toBe(false);
  expect((await service.list()).json.items.at(-1)).toMatchObject({ reference: 'other', patient_name: 'Thomas Colins' });
  expect((await service.erase(['one', 'two'])).json).toEqual({ erased: 2 });
});

test('When a request is retried after its erasure, Then it is 410, and nothing is booked', async () => {
  await using service = await startReservationService();
  await service.create(ADA, 'one');
  await service.cancel('late');
  await service.create(ADA, 'late');
  await service.erase(['one', 'late']);

  for (const key of ['one', 'late']) {
    const retry = await service.create(ADA, key);
    expect([retry.status, retry.json.code]).toEqual([410, 'request_erased']);
  }
  await service.database.transaction((tables) => tables.deleteFrom('idempotency_keys').execute());
  for (const key of ['one', 'late']) {
    expect((await service.create(ADA, key)).json.code, 'once its key is forgotten').toBe('idempotency_key_reused');
  }
  expect((await service.list()).json.items).toHaveLength(1);
});

test('When a patient is looked for, Then every page is looked through, however the name is typed', async () => {
  await using service = await startReservationService({ doctors: [doctorWithSlots(1)] });
  const row = (number: number) => ({
    reference: `reference-${number}`,
    patient_name: number % 600 === 0 ? 'Ada  LOVELACE' : 'Somebody Else',
    ...{
      doctor_name: 'John Doe',
      date: '30-09-2019',
      time: '1.00am',
      fee: 1,
      status: 'cancelled' as const,
      created_at: 0,
    },
  });
  const rows = Array.from({ length: 1_300 }, (_, number) => row(number));
  await service.database.transaction(async (tables) => {
    for (const values of rows) await tables.insertInto('appointments').values(values).execute();
  });

  const first = (await service.search({ name: 'ada lovelace' })).json;
  const second = (await service.search({ name: 'ada lovelace', cursor: first.nextCursor })).json;

  expect([first.references, second.references]).toEqual([['reference-0', 'reference-600'], ['reference-1200']]);
  expect(second.nextCursor).toBeNull();
});
