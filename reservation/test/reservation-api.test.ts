import { describe, expect, test } from 'vitest';
import { doctorWithSlots, REQUEST, startReservationService } from './reservation-service.ts';

const GUIDE_BODY = { ...REQUEST, cardNum: '1234567' };
const GUIDE_REPLY =
  '{"appointmentId":"1001","patient_name":"Thomas Colins","date":"30-09-2019","time":"3.00pm","doctor_name":"John Doe","fee":"1000.00"}';

describe('POST /reservation/createAppointment', () => {
  test("When the store is fresh and the guide's body comes, Then the guide's reply, in its order", async () => {
    await using service = await startReservationService();

    const reply = await service.create(GUIDE_BODY);

    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(reply.text).toBe(GUIDE_REPLY);
  });

  test('When more come for the same day, Then they get the next slots and ids in order; another day begins anew', async () => {
    await using service = await startReservationService();

    const replies = [];
    for (let count = 0; count < 3; count += 1) replies.push((await service.create()).json);
    replies.push((await service.create({ ...REQUEST, date: '01-10-2019' })).json);

    expect(replies.map(({ appointmentId, time }) => [appointmentId, time])).toEqual([
      ['1001', '3.00pm'],
      ['1002', '3.30pm'],
      ['1003', '4.00pm'],
      ['1004', '3.00pm'],
    ]);
  });

  test.each(['john doe', 'JOHN DOE', '  John Doe  '])(
    'When the doctor is %j, Then it is John Doe who is booked',
    async (doctor) => {
      await using service = await startReservationService();

      expect((await service.create({ ...REQUEST, doctor })).json).toMatchObject({
        doctor_name: 'John Doe',
        time: '3.00pm',
      });
      expect((await service.create()).json).toMatchObject({ time: '3.30pm' });
    },
  );

  test('When the doctor is unknown, Then 404 doctor_not_found without the name', async () => {
    await using service = await startReservationService();

    const reply = await service.create({ ...REQUEST, doctor: 'Nobody Canary' });

    expect(reply.status).toBe(404);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(Object.keys(reply.json)).toEqual(['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId']);
    expect(reply.json).toMatchObject({ code: 'doctor_not_found', instance: '/reservation/createAppointment' });
    expect(reply.text).not.toContain('Canary');
  });

  test('When the day is full, Then 409 no_slot_available, and no id is used up', async () => {
    await using service = await startReservationService({ doctors: [doctorWithSlots(2)] });
    await service.create();
    await service.create();

    const refused = await service.create();

    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: 'no_slot_available' });
    expect((await service.create({ ...REQUEST, date: '01-10-2019' })).json.appointmentId).toBe('1003');
  });
});

describe('GET /reservation/doctors', () => {
  test('When it is requested, Then every doctor with fee and slots', async () => {
    await using service = await startReservationService();

    const { status, json } = await service.doctors();

    expect([status, json.length]).toEqual([200, 12]);
    expect(json[0]).toEqual({
      name: 'John Doe',
      speciality: 'Cardiology',
      fee: '1000.00',
      slots: ['3.00pm', '3.30pm', '4.00pm', '4.30pm', '5.00pm', '5.30pm', '6.00pm', '6.30pm'],
    });
  });
});

describe('GET /reservation/doctors/{name}/slots', () => {
  test('When some slots are booked, Then only those are not free, and only on that day', async () => {
    await using service = await startReservationService({ doctors: [doctorWithSlots(3)] });
    await service.create();

    const [day, next] = [
      await service.slots('john doe', '?date=30-09-2019'),
      await service.slots('John Doe', '?date=01-10-2019'),
    ];

    expect(day.json).toEqual([
      { time: '1.00am', free: false },
      { time: '2.01am', free: true },
      { time: '3.02am', free: true },
    ]);
    expect(next.json.every(({ free }: { free: boolean }) => free)).toBe(true);
  });

  test('When the doctor is unknown, Then 404', async () => {
    await using service = await startReservationService();

    expect((await service.slots('Nobody', '?date=30-09-2019')).json).toMatchObject({
      status: 404,
      code: 'doctor_not_found',
    });
  });

  test.each(['', '?date=', '?date=30-02-2026', '?date=2026-01-01', '?date=01-01-2026&date=02-01-2026'])(
    'When the query is %j, Then 400 that points at the date',
    async (query) => {
      await using service = await startReservationService();

      const { status, json } = await service.slots('John Doe', query);

      expect(status).toBe(400);
      expect(json).toMatchObject({ code: 'invalid_input', errors: [{ pointer: '/date' }] });
    },
  );

  test('When the name needs encoding, Then it is found', async () => {
    await using service = await startReservationService();

    expect((await service.slots('bjørn halvorsen', '?date=30-09-2019')).status).toBe(200);
  });
});

describe('GET /reservation/appointments/{appointmentId}', () => {
  test('When it was booked, Then it is shown with its status and reference', async () => {
    await using service = await startReservationService();
    const { json } = await service.create(GUIDE_BODY, 'ref-1');

    const shown = await service.find('1001');

    expect(shown.status).toBe(200);
    expect(shown.json).toEqual({ ...json, status: 'booked', reference: 'ref-1' });
  });

  test.each(['1001', '0', '-1', 'abc', '1e3', '1001.0', '9'.repeat(20), "1' or '1'='1", '../doctors'])(
    'When there is none with id %j, Then 404 without an echo',
    async (id) => {
      await using service = await startReservationService();

      const { status, json } = await service.find(id);

      expect(status).toBe(404);
      expect(json).toMatchObject({
        code: 'appointment_not_found',
        instance: '/reservation/appointments/:appointmentId',
        detail: 'There is no appointment with that id.',
      });
    },
  );
});

describe('GET /reservation/appointments', () => {
  test('When it is read page by page, Then every appointment comes once, in the order of the ids', async () => {
    await using service = await startReservationService();
    for (let count = 0; count < 5; count += 1) await service.create();

    const ids: string[] = [];
    let cursor: string | null = '0';
    while (cursor !== null) {
      const { json } = await service.list(`?limit=2&cursor=${cursor}`);
      ids.push(...json.items.map(({ appointmentId }: { appointmentId: string }) => appointmentId));
      cursor = json.nextCursor;
    }

    expect(ids).toEqual(['1001', '1002', '1003', '1004', '1005']);
  });

  test.each(['?limit=0', '?limit=501', '?limit=x', '?cursor=-1', '?cursor=x', '?limit=1.5'])(
    'When the query is %s, Then 400',
    async (query) => {
      await using service = await startReservationService();

      expect((await service.list(query)).json).toMatchObject({ status: 400, code: 'invalid_input' });
    },
  );
});
