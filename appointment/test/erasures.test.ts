import { type ApiReply, readNotErased, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectProblem, GUIDE_REQUEST, PATIENCE_MS, type Stack, startStack } from './appointment-stack.ts';
import { respond } from './interferences.ts';
import { audit } from './removal.ts';
import { answer, startReceiver } from './webhooks/receiver.ts';

const TOKEN = 'of-the-operators';
const OPERATOR = { authorization: `Bearer ${TOKEN}` };
const ADA = { ...GUIDE_REQUEST, name: 'Ada Lovelace' };
const BODY = { name: 'ada  LOVELACE', reason: 'Asked for it by letter.' };

const pathOf = (reply: ApiReply) => reply.headers.get('location') as string;
const erase = (stack: Stack, body: unknown = BODY) => stack.call('POST', '/erasures', body, OPERATOR);
const holdsName = async (stack: Stack) => (await readNotErased(stack.folder)).some((bytes) => /lovelace/i.test(bytes));
const act = (stack: Stack, method: string, path: string) =>
  stack.call(method, path, { reason: 'Ada Lovelace phoned.' }, OPERATOR);

/** Waits until an erasure is done, and returns it. */
async function untilDone(stack: Stack, path: string) {
  const look = () => stack.call('GET', path, undefined, OPERATOR);
  await waitUntil('the erasure is done', async () => (await look()).json.status === 'done', PATIENCE_MS);
  return (await look()).json;
}

/** Bookings of Ada's that have ended in each way, with their deliveries, one of which waits for its next try. */
async function bookInEveryWay(stack: Stack, setReceiver: (status: number) => void) {
  const confirmed = await stack.book(ADA, { 'idempotency-key': 'ada-1' });
  await stack.book({ ...ADA, name: 'ADA LOVELACE', doctor: 'Nobody' }, { 'idempotency-key': 'ada-2' });
  await stack.book({ ...ADA, cardNum: '4000000000000002' });
  const cancelled = await stack.book(
    { ...ADA, date: '01-10-2019' },
    { prefer: 'respond-async', 'idempotency-key': 'ada-3' },
  );
  await stack.becomes(pathOf(cancelled), 'confirmed');
  await act(stack, 'PUT', `${pathOf(cancelled)}/cancellation`);
  setReceiver(500);
  await stack.book({ ...ADA, date: '02-10-2019' });
  return { confirmed, cancelled };
}

describe.concurrent('POST /erasures', () => {
  test('When a patient is erased, Then no store has a byte of the name, and the books stay', async () => {
    await using receiver = await startReceiver();
    await using stack = await startStack({ operatorToken: TOKEN, endpoints: [receiver.endpoint] });
    const { confirmed, cancelled } = await bookInEveryWay(stack, (status) => receiver.respond(answer(status)));
    await receiver.gets(6);
    const other = await stack.book();
    const kept = await stack.kept();
    expect(await holdsName(stack)).toBe(true);

    const reply = await erase(stack);

    expect([reply.status, reply.headers.get('location')]).toEqual([200, `/erasures/${reply.json.id}`]);
    expect(reply.json).toMatchObject({ status: 'done', by: 'operator', reason: BODY.reason, remaining: 0 });
    expect(reply.json.erased).toMatchObject({ appointment: 5, reservation: 4, payment: 4 });
    expect(await holdsName(stack)).toBe(false);
    expect(await stack.kept()).toEqual(kept);
    const booking = (await stack.call('GET', pathOf(confirmed), undefined, OPERATOR)).json;
    expect(booking).toMatchObject({ name: '[erased]', card: '•••• 4567', doctor: 'John Doe' });
    expect(booking.reply).toEqual({ ...confirmed.json, patient_name: '[erased]' });
    const { history } = (await stack.call('GET', pathOf(cancelled), undefined, OPERATOR)).json;
    expect(history).toMatchObject([{ move: 'cancel', reason: '[erased] phoned.' }]);
    expect((await stack.booking(other)).name).toBe('Thomas Colins');
    expect((await stack.list('?q=ada')).json.items).toEqual([]);
  });

  test('When a client retries a booking that is erased, Then it is 410, and nothing is booked', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    await stack.book(ADA, { 'idempotency-key': 'ada-1' });
    await erase(stack);
    const before = await stack.kept();

    expectProblem(await stack.book(ADA, { 'idempotency-key': 'ada-1' }), 410, 'request_erased');
    expect(await stack.kept()).toEqual(before);
  });

  test('When an erased booking is cancelled, Then slot and money go back', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const path = pathOf(await stack.book(ADA));
    await erase(stack);

    expect((await stack.cancel(path)).json.status).toBe('cancelled');
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });

  test('When a webhook waits for its next try, Then it goes on without the name, and can be sent again', async () => {
    await using receiver = await startReceiver({ respond: answer(500) });
    await using stack = await startStack({ operatorToken: TOKEN, endpoints: [receiver.endpoint] });
    const path = pathOf(await stack.book(ADA));
    await receiver.gets(1);
    await erase(stack);
    receiver.respond(answer(204));
    const { items } = (await stack.call('GET', `${path}/deliveries`, undefined, OPERATOR)).json;

    await stack.call('POST', `${path}/deliveries/${items[0].id}/retry`, undefined, OPERATOR);

    await receiver.gets(2);
    const [first, second] = receiver.received;
    expect(second?.verified).toBe(true);
    expect(second?.webhookId).toBe(first?.webhookId);
    expect(second?.event.data).toEqual({
      ...first?.event.data,
      name: '[erased]',
      reply: { ...first?.event.data.reply, patient_name: '[erased]' },
    });
  });

  test('When a booking has not ended, Then it is left alone and counted, and erased the next time', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const reply = await stack.book({ ...ADA, cardNum: '4000002760003184' });
    const path = pathOf(reply);

    const first = (await erase(stack)).json;
    expect(first).toMatchObject({ erased: { appointment: 0, reservation: 0, payment: 0 }, remaining: 1 });
    expect((await stack.booking(reply)).name).toBe('Ada Lovelace');
    await stack.cancel(path);
    await stack.becomes(path, 'cancelled');

    const second = (await erase(stack)).json;
    expect(second).toMatchObject({ erased: { appointment: 1, reservation: 1, payment: 1 }, remaining: 0 });
    expect(await holdsName(stack)).toBe(false);
  });

  test('When a booking is stuck, Then the rest is erased and the search names it, and once it is resolved no store has the name', {
    timeout: PATIENCE_MS * 3,
  }, async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const ended = await stack.book({ ...ADA, cardNum: '4000000000000002' });
    const path = pathOf(await stack.book(ADA));
    stack.payment.interfere(respond(500, '{}'));
    await act(stack, 'PUT', `${path}/cancellation`);
    await stack.becomes(path, 'stuck');
    // The other calls of an erasure have to come through.
    stack.payment.interfere((ctx, next) => (ctx.method === 'PUT' ? respond(500, '{}')(ctx, next) : next()));

    // It waits until calls to payment are let through again.
    const first = await untilDone(stack, pathOf(await erase(stack)));

    expect(first).toMatchObject({
      status: 'done',
      erased: { appointment: 1, reservation: 1, payment: 1 },
      remaining: 1,
    });
    expect((await stack.booking(ended)).name).toBe('[erased]');
    const { items } = (await stack.list('?q=ada')).json;
    expect(items).toMatchObject([{ id: path.replace('/bookings/', ''), status: 'stuck', name: 'Ada Lovelace' }]);

    stack.payment.interfere(undefined);
    await act(stack, 'POST', `${path}/retry`);
    await stack.becomes(path, 'cancelled');
    const second = await untilDone(stack, pathOf(await erase(stack)));

    expect(second).toMatchObject({ erased: { appointment: 1, reservation: 1, payment: 1 }, remaining: 0 });
    expect(await holdsName(stack)).toBe(false);
    expect(await audit(stack)).toEqual([]);
  });

  test('When an appointment was made without the orchestrator, Then it is erased as well', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const { name, doctor, date } = ADA;
    await stack.reservation.post('/reservation/createAppointment', { name, doctor, date });

    expect((await erase(stack)).json.erased).toMatchObject({ appointment: 0, reservation: 1, payment: 0 });
    expect(await holdsName(stack)).toBe(false);
  });

  test('When a service is away, Then it is 202, and goes on by itself once the service is back', async () => {
    await using stack = await startStack({ operatorToken: TOKEN, bookingDeadlineMs: 2_000 });
    await stack.book(ADA);
    await stack.payment.goDown();

    const reply = await erase(stack);
    expect([reply.status, reply.json.status, reply.json.erased]).toEqual([202, 'running', null]);
    await stack.payment.comeBack();

    const done = await untilDone(stack, reply.headers.get('location') as string);
    expect(done).toMatchObject({
      erased: { appointment: 1, reservation: 1, payment: 1 },
      remaining: 0,
      waitsFor: null,
    });
    expect(await holdsName(stack)).toBe(false);
    expect((await stack.call('GET', '/erasures', undefined, OPERATOR)).json).toEqual({
      items: [done],
      nextCursor: null,
    });
  });

  test('When a service is of a release without the route, Then the erasure waits for the next one', async () => {
    await using stack = await startStack({ operatorToken: TOKEN, bookingDeadlineMs: 2_000 });
    await stack.book(ADA);
    stack.payment.interfere((ctx, pass) =>
      ctx.path.endsWith('/erasures') ? respond(404, '{"code":"not_found"}')(ctx, pass) : pass(),
    );

    const reply = await erase(stack);
    expect(reply.status).toBe(202);
    stack.payment.interfere(undefined);

    expect((await untilDone(stack, pathOf(reply))).erased.payment).toBe(1);
  });

  test('When there is more than goes into one batch, Then all is erased', { timeout: PATIENCE_MS * 3 }, async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    for (let count = 0; count < 10; count += 1) {
      await Promise.all(Array.from({ length: 20 }, () => stack.book({ ...ADA, doctor: 'Nobody' })));
    }

    const reply = await erase(stack);

    expect((await untilDone(stack, pathOf(reply))).erased.appointment).toBe(200);
    expect(await holdsName(stack)).toBe(false);
  });

  test('When an erasure is of a release without a service, Then its count there is 0', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    await stack.book(ADA);
    const path = pathOf(await erase(stack));
    const { id } = await untilDone(stack, path);
    const result = JSON.stringify({ appointment: 1, reservation: 1, remaining: 0 });
    await stack.change(async (tables) => {
      await tables.updateTable('sagas').set({ result }).where('id', '=', id).execute();
    });

    const { erased, remaining } = (await stack.call('GET', path, undefined, OPERATOR)).json;
    expect({ erased, remaining }).toMatchObject({
      erased: { appointment: 1, reservation: 1, payment: 0 },
      remaining: 0,
    });
  });

  test('When the reason has the name, Then it is refused, for the reason is kept', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });

    const reply = await erase(stack, { name: 'Ada Lovelace', reason: 'A letter of ADA LOVELACE’s.' });

    expectProblem(reply, 400, 'invalid_input', ['LOVELACE']);
    expect(reply.json.errors).toMatchObject([{ pointer: '/reason' }]);
    expectProblem(await stack.call('GET', '/erasures/none', undefined, OPERATOR), 404, 'erasure_not_found');
  });
});
