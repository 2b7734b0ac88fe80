import { pruneKeys } from '@appointments/chassis';
import { describe, expect, test } from 'vitest';
import { doctorWithSlots, REQUEST, startReservationService } from './reservation-service.ts';

const OTHERS = [{ name: 'Somebody Else' }, { doctor: 'Amina Rahman' }, { date: '01-10-2019' }];
const DAY_MS = 86_400_000;
const DOCTORS = [doctorWithSlots(3), doctorWithSlots(3, 'Amina Rahman')];

/** A service, and what deletes the keys that it has so far, as it does by itself after a day. */
async function startForgetting(doctors = DOCTORS) {
  const service = await startReservationService({ doctors });
  const forget = () => service.database.transaction((tables) => pruneKeys(tables, Date.now() + 2 * DAY_MS));
  return Object.assign(service, { forget });
}

describe.concurrent('a key that was forgotten after a day', () => {
  test.each(OTHERS)(
    'When it comes with another request, as %j, Then 422, and the first one keeps it',
    async (change) => {
      await using service = await startForgetting();
      const first = await service.create(REQUEST, 'key-1');
      await service.forget();

      const other = await service.create({ ...REQUEST, ...change }, 'key-1');

      expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
      expect(other.text).not.toMatch(/Colins|Somebody|Amina|01-10/);
      expect((await service.create({ ...REQUEST, doctor: 'john DOE' }, 'key-1')).text).toBe(first.text);
      expect((await service.list()).json.items).toHaveLength(1);
    },
  );

  test.each(OTHERS)('When its appointment is cancelled and another request comes, as %j, Then 422', async (change) => {
    await using service = await startForgetting();
    await service.create(REQUEST, 'key-1');
    await service.cancel('key-1');
    await service.forget();

    expect((await service.create({ ...REQUEST, ...change }, 'key-1')).json.code).toBe('idempotency_key_reused');
    expect((await service.create(REQUEST, 'key-1')).json.code).toBe('cancelled');
  });

  test.each(OTHERS)('When only a tombstone is left and another request comes, as %j, Then 422', async (change) => {
    await using service = await startForgetting();
    await service.cancel('key-1');
    expect((await service.create(REQUEST, 'key-1')).json.code).toBe('cancelled');
    await service.cancel('key-1');
    await service.forget();

    expect((await service.create({ ...REQUEST, ...change }, 'key-1')).json.code).toBe('idempotency_key_reused');
    expect((await service.create(REQUEST, 'key-1')).json.code).toBe('cancelled');
  });

  test('When no request had come before the tombstone was asked, Then the first one is refused as cancelled', async () => {
    await using service = await startForgetting();
    await service.cancel('key-1');

    expect((await service.create({ ...REQUEST, name: 'Somebody Else' }, 'key-1')).json.code).toBe('cancelled');
  });
});
