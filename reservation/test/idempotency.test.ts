import { describe, expect, test } from 'vitest';
import { doctorWithSlots, REQUEST, startReservationService } from './reservation-service.ts';

describe('Idempotency-Key on POST /reservation/createAppointment', () => {
  test('When a request is retried, Then the first reply byte for byte, marked as a replay, and nothing is booked', async () => {
    await using service = await startReservationService();

    const first = await service.create(REQUEST, 'key-1');
    const second = await service.create(REQUEST, '"key-1"');

    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect((await service.list()).json.items).toHaveLength(1);
  });

  test('When only ignored members differ, Then it is a retry', async () => {
    await using service = await startReservationService();
    const first = await service.create({ ...REQUEST, cardNum: '1234567' }, 'key-1');

    const second = await service.create({ date: REQUEST.date, doctor: 'John Doe ', name: REQUEST.name }, 'key-1');

    expect(second.text).toBe(first.text);
  });

  test.each([{ name: 'Somebody Else' }, { doctor: 'Amina Rahman' }, { date: '01-10-2019' }])(
    'When the key comes with another request, as %j, Then 422 and nothing is booked',
    async (difference) => {
      await using service = await startReservationService();
      await service.create(REQUEST, 'key-1');

      const reply = await service.create({ ...REQUEST, ...difference }, 'key-1');

      expect(reply.status).toBe(422);
      expect(reply.json.code).toBe('idempotency_key_reused');
      expect(reply.text).not.toMatch(/Somebody|Amina|01-10/);
      expect((await service.list()).json.items).toHaveLength(1);
    },
  );

  test('When 50 come in parallel with one key, Then one appointment, and every 200 has the same bytes', async () => {
    await using service = await startReservationService();

    const replies = await Promise.all(Array.from({ length: 50 }, () => service.create(REQUEST, 'key-1')));

    const booked = replies.filter(({ status }) => status === 200);
    expect(new Set(booked.map(({ text }) => text)).size).toBe(1);
    expect(booked.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
    expect(replies.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    expect((await service.list()).json.items).toHaveLength(1);
  });

  test.each([
    ['the doctor is unknown', { ...REQUEST, doctor: 'Nobody' }, 404],
    ['the day is full', { ...REQUEST, date: '02-10-2019' }, 409],
  ])(
    'When %s, Then a retry gets the refusal byte for byte, even if it could succeed now',
    async (_why, body, status) => {
      await using service = await startReservationService({ doctors: [doctorWithSlots(1)] });
      await service.create({ ...REQUEST, date: '02-10-2019' }, 'first');
      const refused = await service.create(body, 'key-1');
      await service.cancel('first');

      const retried = await service.create(body, 'key-1');

      expect([refused.status, retried.status, retried.text]).toEqual([status, status, refused.text]);
      expect(retried.headers.get('idempotent-replayed')).toBe('true');
      expect(retried.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  test('When the input does not fit, Then the key is not taken', async () => {
    await using service = await startReservationService();

    expect((await service.create({ ...REQUEST, date: '30-02-2026' }, 'key-1')).status).toBe(400);
    expect((await service.create('{', 'key-1')).status).toBe(400);
    expect((await service.create(REQUEST, 'key-1')).status).toBe(200);
  });

  test('When there is no key, Then every request books', async () => {
    await using service = await startReservationService();

    const ids = [await service.create(), await service.create()].map(({ json }) => json.appointmentId);

    expect(ids).toEqual(['1001', '1002']);
    expect((await service.find('1001')).json.reference).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each(['a b', 'x'.repeat(256), '""'])('When the key is %j, Then 400 and nothing is booked', async (key) => {
    await using service = await startReservationService();

    expect((await service.create(REQUEST, key)).json.code).toBe('invalid_idempotency_key');
    expect((await service.list()).json.items).toEqual([]);
  });
});
