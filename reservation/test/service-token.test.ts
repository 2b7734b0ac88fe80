import { send } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { REQUEST, startReservationService } from './reservation-service.ts';

const TOKEN = 'service-token-of-the-test';

describe('with a SERVICE_TOKEN', () => {
  test('When it is missing or wrong, Then 401 on everything but health, and nothing is done', async () => {
    await using service = await startReservationService({ serviceToken: TOKEN });
    const routes = [
      ['POST', '/reservation/createAppointment'],
      ['PUT', '/reservation/cancellations/ref-1'],
      ['GET', '/reservation/doctors'],
      ['GET', '/reservation/doctors/John%20Doe/slots?date=30-09-2019'],
      ['GET', '/reservation/appointments'],
      ['GET', '/reservation/appointments/1001'],
      ['GET', '/unknown'],
    ] as const;

    for (const authorization of [undefined, 'Bearer wrong', `Basic ${TOKEN}`, TOKEN]) {
      for (const [method, path] of routes) {
        const body = method === 'POST' ? REQUEST : undefined;
        const reply = await send(service.url + path, method, body, authorization ? { authorization } : {});
        expect([path, reply.status, reply.json.code]).toEqual([path, 401, 'unauthorized']);
        expect(reply.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
    expect((await send(`${service.url}/livez`, 'GET')).status).toBe(200);
    expect((await send(`${service.url}/readyz`, 'GET')).status).toBe(200);
    expect(service.lines.join()).not.toContain(TOKEN);
    expect(await service.database.read.selectFrom('appointments').selectAll().execute()).toEqual([]);
    expect(await service.database.read.selectFrom('cancellations').selectAll().execute()).toEqual([]);
  });

  test('When it is right, Then the request is served', async () => {
    await using service = await startReservationService({ serviceToken: TOKEN });

    expect((await service.create(REQUEST, 'key-1', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });
});
