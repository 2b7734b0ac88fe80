import { describe, expect, test } from 'vitest';
import { doctorWithSlots, REQUEST, startReservationService } from './reservation-service.ts';

describe('PUT /reservation/cancellations/{reference}', () => {
  test('When the reference was booked, Then it is cancelled, its slot is free again and the next create gets it', async () => {
    await using service = await startReservationService();
    await service.create(REQUEST, 'ref-1');
    await service.create(REQUEST, 'ref-2');

    const reply = await service.cancel('ref-1');

    expect(reply.status).toBe(200);
    expect(reply.text).toBe('{"reference":"ref-1","status":"cancelled","appointmentId":"1001"}');
    expect((await service.find('1001')).json.status).toBe('cancelled');
    expect((await service.slots('John Doe', '?date=30-09-2019')).json[0]).toEqual({ time: '3.00pm', free: true });
    expect((await service.create(REQUEST, 'ref-3')).json).toMatchObject({ appointmentId: '1003', time: '3.00pm' });
  });

  test('When it comes twice, Then the same reply, and the next patient keeps the slot', async () => {
    await using service = await startReservationService({ doctors: [doctorWithSlots(1)] });
    await service.create(REQUEST, 'ref-1');
    const first = await service.cancel('ref-1');
    await service.create(REQUEST, 'ref-2');

    const second = await service.cancel('ref-1');

    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect((await service.find('1002')).json.status).toBe('booked');
    expect((await service.create(REQUEST, 'ref-3')).json.code).toBe('no_slot_available');
  });

  test('When nothing is known of the reference, Then 200, and the create that comes late is refused', async () => {
    await using service = await startReservationService();

    const cancelled = await service.cancel('ref-1');
    const late = await service.create(REQUEST, 'ref-1');

    expect([cancelled.status, cancelled.text]).toEqual([200, '{"reference":"ref-1","status":"cancelled"}']);
    expect(late.status).toBe(409);
    expect(late.json.code).toBe('cancelled');
    expect((await service.list()).json.items).toEqual([]);
    const retried = await service.create(REQUEST, 'ref-1');
    expect([retried.status, retried.text]).toEqual([409, late.text]);
    expect((await service.create(REQUEST, 'ref-2')).json.appointmentId).toBe('1001');
  });

  test('When a refused create is cancelled, Then 200 without an appointment', async () => {
    await using service = await startReservationService();
    await service.create({ ...REQUEST, doctor: 'Nobody' }, 'ref-1');

    expect((await service.cancel('ref-1')).text).toBe('{"reference":"ref-1","status":"cancelled"}');
  });

  test('When create and cancel race, Then no appointment stays, in either order', async () => {
    await using service = await startReservationService({ doctors: [doctorWithSlots(60)] });
    const references = Array.from({ length: 50 }, (_, index) => `ref-${index}`);

    await Promise.all(
      references.flatMap((reference, index) =>
        index % 2 === 0
          ? [service.create(REQUEST, reference), service.cancel(reference)]
          : [service.cancel(reference), service.create(REQUEST, reference)],
      ),
    );

    const { items } = (await service.list()).json;
    expect(items.filter(({ status }: { status: string }) => status === 'booked')).toEqual([]);
  });

  test('When a reference has characters of a path, Then it is the one that the create carried', async () => {
    await using service = await startReservationService();
    const reference = 'a/b?c#d%e"f';
    await service.create(REQUEST, reference);

    const { json } = await service.cancel(reference);

    expect(json).toEqual({ reference, status: 'cancelled', appointmentId: '1001' });
  });

  test.each(['a b', 'x'.repeat(256), 'ü', 'a\0b'])(
    'When the reference is %j, Then 400 without an echo',
    async (reference) => {
      await using service = await startReservationService();

      const { status, json, text } = await service.cancel(reference);

      expect(status).toBe(400);
      expect(json).toMatchObject({ code: 'invalid_input', errors: [{ pointer: '/reference' }] });
      expect(text).not.toContain(reference);
    },
  );
});
