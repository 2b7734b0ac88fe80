import { readStored, send } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { REQUEST, startReservationService } from './reservation-service.ts';

const CANARY = '4929123456781234';

test('When clients send a card number in every way they might, Then it is in no log, no reply and no byte of the store', async () => {
  await using service = await startReservationService();
  const body = { ...REQUEST, cardNum: CANARY };
  const text = JSON.stringify(body);

  const replies = [
    await service.create(body, 'key-1'),
    await service.create(body, 'key-1'),
    await service.create({ ...body, name: 'Somebody Else' }, 'key-1'),
    await service.create({ ...body, doctor: 'Nobody' }),
    await service.create({ ...body, date: CANARY }),
    await service.create(`${text.slice(0, -1)},x}`),
    await service.create(text.slice(0, -1)),
    await service.create(`${text}${CANARY}`),
    await service.create(text, undefined, { 'content-type': 'text/plain' }),
    await service.create({ ...body, card: CANARY, nested: { cardNum: Number(CANARY) } }),
    await service.create(body, undefined, { authorization: `Bearer ${CANARY}` }),
    await service.find(CANARY),
    await service.slots(CANARY, `?date=30-09-2019&card=${CANARY}`),
    await send(`${service.url}/${CANARY}?card=${CANARY}`, 'GET'),
    await send(`${service.url}/reservation/createAppointment?card=${CANARY}`, 'DELETE'),
  ];

  expect(replies.map(({ status }) => status)).toEqual([
    200, 200, 422, 404, 400, 400, 400, 400, 415, 200, 200, 404, 404, 404, 405,
  ]);
  const replyTexts = replies.map(({ text: reply, headers }) => reply + JSON.stringify([...headers])).join();
  expect(replyTexts).toContain('1001');
  expect(replyTexts).not.toContain(CANARY);
  const logged = service.lines.join();
  expect(logged).toContain('createAppointment');
  expect(logged).not.toContain(CANARY);
  const stored = (await readStored(service.folder)).join();
  expect(stored).toContain('Thomas Colins');
  expect(stored).not.toContain(CANARY);
});

test('When a card number is sent as the request id, Then the log does not have it', async () => {
  await using service = await startReservationService();

  await service.create(REQUEST, undefined, { 'x-request-id': CANARY });

  expect(service.lines.join()).not.toContain(CANARY);
});
