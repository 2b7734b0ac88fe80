import { type ApiReply, send } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REQUEST, startReservationService } from './reservation-service.ts';

let service: Awaited<ReturnType<typeof startReservationService>>;

beforeAll(async () => {
  service = await startReservationService();
});
afterAll(() => service[Symbol.asyncDispose]());

const LIMIT = 16 * 1024;

async function expectProblem(reply: ApiReply, status: number, code: string, pointers?: string[]): Promise<void> {
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(reply.json).toMatchObject({
    type: 'about:blank',
    status,
    code,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(reply.status).toBe(status);
  expect(reply.headers.get('x-request-id')).toBeTruthy();
  if (pointers) expect(reply.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  expect(reply.text + service.lines.join()).not.toMatch(/canary|4929123456781234|Thomas/i);
  expect(reply.text).not.toMatch(/node_modules|\.ts\b| {4}at /);
  expect((await service.list()).json.items).toEqual([]);
}

describe('a body that is no JSON object', () => {
  test.each([
    ['not JSON', 'canary'],
    ['truncated', '{"name":"canary"'],
    ['null', 'null'],
    ['an empty string', '""'],
    ['a number', '4929123456781234'],
    ['nesting without an end', '['.repeat(LIMIT)],
    ['a __proto__', JSON.stringify(REQUEST).replace('{', '{"__proto__":{"canary":true},')],
  ])('When it is %s, Then 400 malformed_json', async (_what, body) => {
    await expectProblem(await service.create(body), 400, 'malformed_json');
  });

  test('When it is a list, Then 400 that points at the whole', async () => {
    await expectProblem(await service.create('[]'), 400, 'invalid_input', ['']);
  });

  test('When it is empty, Then 400 that names every member', async () => {
    await expectProblem(await service.create(''), 400, 'invalid_input', ['/name', '/doctor', '/date']);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/vnd.api+json'])(
    'When it comes as %s, Then 415',
    async (type) => {
      const reply = await service.create(REQUEST, undefined, { 'content-type': type });

      await expectProblem(reply, 415, 'unsupported_media_type');
    },
  );

  test('When it has one byte more than 16 KiB, Then 413', async () => {
    const body = JSON.stringify({ ...REQUEST, note: 'canary' });

    await expectProblem(await service.create(body.padEnd(LIMIT + 1)), 413, 'body_too_large');
  });
});

describe('members that do not fit', () => {
  test.each(['name', 'doctor', 'date'])('When %s is missing, Then 400 that points at it', async (member) => {
    await expectProblem(await service.create({ ...REQUEST, [member]: undefined }), 400, 'invalid_input', [
      `/${member}`,
    ]);
  });

  const WRONG_TYPES = [4929123456781234, true, null, ['canary'], { canary: 1 }];
  test.each(['name', 'doctor', 'date'].flatMap((member) => WRONG_TYPES.map((value) => [member, value] as const)))(
    'When %s is %j, Then 400 that points at it',
    async (member, value) => {
      await expectProblem(await service.create({ ...REQUEST, [member]: value }), 400, 'invalid_input', [`/${member}`]);
    },
  );

  const WRONG_TEXTS = [
    '\u200b\u3164',
    'canary 4242-4242-4242-4242',
    'canary ４２４２４２４２４２４２４２４２',
    '',
    '   ',
    `canary${'x'.repeat(95)}`,
    'canary\0',
    'canary\n.',
    '\ud800canary',
    'canary\udfff',
  ];
  test.each(['name', 'doctor'].flatMap((member) => WRONG_TEXTS.map((value) => [member, value] as const)))(
    'When %s is %j, Then 400 that points at it',
    async (member, value) => {
      await expectProblem(await service.create({ ...REQUEST, [member]: value }), 400, 'invalid_input', [`/${member}`]);
    },
  );

  test.each(['30-02-2026', '31-04-2026', '29-02-2100', '2026-01-01', '1-1-2026', '00-00-0000', 'canary', ''])(
    'When the date is %j, Then 400 that points at it',
    async (date) => {
      const reply = await service.create({ ...REQUEST, date });

      await expectProblem(reply, 400, 'invalid_input', ['/date']);
      if (date !== '') expect(reply.text).not.toContain(date);
    },
  );

  test('When everything is wrong, Then every error is listed at once', async () => {
    const reply = await service.create({ name: '', doctor: 7, date: 'x' });

    await expectProblem(reply, 400, 'invalid_input', ['/name', '/doctor', '/date']);
  });
});

describe('a card number as a reference', () => {
  test.each(['4242424242424242', 'canary-4242-4242-4242-4242'])('When it is %s, Then 400', async (reference) => {
    await expectProblem(await service.create(REQUEST, reference), 400, 'invalid_idempotency_key', ['Idempotency-Key']);
    const cancellation = await send(`${service.url}/reservation/cancellations/${reference}`, 'PUT');
    await expectProblem(cancellation, 400, 'invalid_input', ['/reference']);
    expect(service.lines.join()).not.toMatch(/4242-?4242/);
  });
});

describe('requests that no route handles', () => {
  test.each([
    ['DELETE', '/reservation/createAppointment', 'POST'],
    ['GET', '/reservation/createAppointment', 'POST'],
    ['POST', '/reservation/doctors', 'GET, HEAD'],
    ['POST', '/reservation/doctors/canary/slots', 'GET, HEAD'],
    ['PATCH', '/reservation/appointments/1001', 'GET, HEAD'],
    ['GET', '/reservation/cancellations/canary', 'PUT'],
  ])('When %s is sent to %s, Then 405 with Allow', async (method, path, allow) => {
    const reply = await send(service.url + path, method);

    await expectProblem(reply, 405, 'method_not_allowed');
    expect(reply.headers.get('allow')?.split(', ').sort().join(', ')).toBe(allow);
  });

  test.each(['/', '/canary', '/reservation', '/reservation/createAppointments', '/reservation/doctors/canary'])(
    'When the path is %s, Then 404',
    async (path) => {
      await expectProblem(await send(service.url + path, 'GET'), 404, 'not_found');
    },
  );

  test('When a name in the path cannot be decoded, Then it is refused and nothing breaks', async () => {
    const { status } = await send(`${service.url}/reservation/doctors/%E0%A4%A/slots?date=30-09-2019`, 'GET');

    expect([400, 404]).toContain(status);
  });
});

test('When texts have exactly 100 characters, Then they are accepted', async () => {
  await using other = await startReservationService();

  const reply = await other.create({ ...REQUEST, name: '🩺'.repeat(100) });

  expect([reply.status, reply.json.patient_name]).toEqual([200, '🩺'.repeat(100)]);
  expect((await other.create({ ...REQUEST, doctor: 'x'.repeat(100) })).status).toBe(404);
});
